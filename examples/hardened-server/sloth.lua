-- A server that keeps to itself: who may log in, how, and what for; what is let in; what is installed and stays at its version.
--
--   sloth-runner plan       what it would do; nothing is done
--   sudo sloth-runner run   the firewall refuses to cut off the connection you came by
--
-- What differs from server to server is in values: --values server.yaml, or --set name=web-1.

workflow({ name = "hardened-server", description = "Users, keys, sudo, sshd, firewall, kernel, mounts, packages" })

local name = values.name or "web-1"
local inside = values.inside or "10.0.0.0/8"
local repository = values.repository
    or {
        name = "internal",
        uris = "https://packages.example.org/debian",
        suites = "stable",
        components = "main",
        key = {
            url = "https://packages.example.org/key.asc",
            fingerprint = "9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88",
        },
    }
local packages = values.packages or { { name = "nginx", version = "1.22.1" } }
local admins = { { name = "ana", comment = "Ana Ruiz" }, { name = "ben", comment = "Ben Osei" } }

task({
    name = "what-it-is",
    run = function()
        system.hostname({ name = name })
        system.hosts_entry({ ip = "127.0.1.1", names = { name } })
        system.timezone({ name = "Europe/Lisbon" })
    end,
})

task({
    name = "packages",
    run = function()
        pkg.repository(repository)
        for _, package in ipairs(packages) do
            pkg.install({ name = package.name, version = package.version })
            -- An upgrade of everything leaves it alone.
            pkg.hold({ name = package.name })
        end
        pkg.install({ name = "nftables" })
    end,
})

task({
    name = "people",
    run = function()
        group.create({ name = "admins", gid = 2200 })
        for _, person in ipairs(admins) do
            user.ensure({ name = person.name, comment = person.comment, shell = "/bin/bash", groups = { "admins" } })
            -- No other key lets in, whoever put it there.
            ssh.authorized_key({ user = person.name, file = "keys/" .. person.name .. ".pub", exclusive = true })
        end
        sudo.rule({ name = "admins", group = "admins", commands = "ALL", runas = "ALL" })
        limits.entry({ domain = "*", type = "hard", item = "core", value = 0 })
    end,
})

task({
    name = "sshd",
    depends_on = { "people" },
    run = function()
        local config = file_ops.copy({
            dest = "/etc/ssh/sshd_config.d/hardened.conf",
            content = "PasswordAuthentication no\nX11Forwarding no\nMaxAuthTries 3\n",
            mode = "0644",
            validate = "/usr/sbin/sshd -t -f %s",
        })
        if config.changed then
            systemd.reload({ name = "ssh" })
        end
    end,
})

task({
    name = "firewall",
    depends_on = { "packages", "sshd" },
    run = function()
        firewall.rule({ proto = "tcp", port = 22, from = inside, comment = "ssh from inside", backend = "nftables" })
        firewall.rule({ proto = "tcp", port = { 80, 443 }, backend = "nftables" })
        firewall.policy({ incoming = "deny", forward = "deny", backend = "nftables" })
        firewall.enabled({ backend = "nftables" })
    end,
})

task({
    name = "kernel",
    run = function()
        local settings = {
            ["net.ipv4.conf.all.rp_filter"] = 1,
            ["net.ipv4.conf.all.accept_redirects"] = 0,
            ["net.ipv4.conf.all.send_redirects"] = 0,
            ["net.ipv6.conf.all.accept_redirects"] = 0,
        }
        for setting, value in pairs(settings) do
            kernel.sysctl({ name = setting, value = value })
        end
    end,
})

task({
    name = "mounts",
    run = function()
        -- What is uploaded is no device, gives no rights, and is no program.
        mount.ensure({
            path = "/srv/upload",
            src = "tmpfs",
            fstype = "tmpfs",
            opts = { "nodev", "nosuid", "noexec", "size=64m" },
        })
    end,
})

task({
    name = "timers",
    run = function()
        systemd.timer({ name = "disk-report", command = { "/bin/df", "-h" }, on_calendar = "daily", persistent = true })
    end,
})
