-- A PostgreSQL host: the server, its settings, and a database with its owner.
--   sudo APP_PASSWORD=... sloth-runner run

workflow({ name = "database", description = "PostgreSQL for one application" })

local version = values.postgresql or 15
local config = ("/etc/postgresql/%d/main"):format(version)

task({
    name = "server",
    run = function()
        pkg.install({ name = "postgresql-" .. version })
    end,
})

task({
    name = "settings",
    depends_on = "server",
    run = function()
        local settings = file_ops.template({
            src = "templates/settings.conf.j2",
            dest = config .. "/conf.d/sloth.conf",
            owner = "postgres",
            group = "postgres",
            mode = "0640",
            vars = { shared_buffers_mb = math.max(128, facts.memory().total // 4 // 1048576) },
        })
        local access = file_ops.blockinfile({
            path = config .. "/pg_hba.conf",
            marker = "# {mark} application",
            block = "host app app 10.0.0.0/8 scram-sha-256",
        })
        -- Memory takes a restart; who may connect, a reload.
        if settings.changed then
            systemd.restart({ name = "postgresql" })
        elseif access.changed then
            systemd.reload({ name = "postgresql" })
        end
        systemd.ensure({ name = "postgresql", state = "started", enabled = true })
    end,
})

task({
    name = "application",
    depends_on = "settings",
    run = function()
        local function psql(name, question, statement)
            exec.run({
                name = name,
                user = "postgres",
                argv = { "psql", "--no-psqlrc", "--set", "ON_ERROR_STOP=1" },
                -- On standard input, where no process list shows the password.
                stdin = statement,
                unless = { "sh", "-c", 'psql -tAc "$1" | grep -q 1', "sh", question },
            })
        end
        local password = secret.env("APP_PASSWORD")
        psql("role app", "select 1 from pg_roles where rolname = 'app'", "create role app login password '" .. password .. "';")
        psql("database app", "select 1 from pg_database where datname = 'app'", "create database app owner app;")
    end,
})
