-- A web server with one site.
--
-- Everything it keeps stands below values.root. On a server leave it out, and nginx is installed and kept running too:
--   sudo sloth-runner run
-- To try it as an ordinary user give it a directory:
--   sloth-runner run --set root=/tmp/try --db /tmp/try.db

workflow({ name = "web-server", description = "nginx with one site" })

local root = values.root or ""
local on_a_server = root == ""

task({
    name = "nginx",
    when = function() return on_a_server end,
    run = function()
        pkg.install({ name = "nginx" })
    end,
})

task({
    name = "site",
    depends_on = { "nginx" },
    run = function()
        file_ops.directory({ path = root .. "/var/www/example", mode = "0755" })
        file_ops.copy({ src = "files/", dest = root .. "/var/www/example", mode = "0644" })
        file_ops.directory({ path = root .. "/etc/nginx/conf.d", mode = "0755" })
        local config = file_ops.template({
            src = "templates/site.conf.j2",
            dest = root .. "/etc/nginx/conf.d/example.conf",
            mode = "0644",
            vars = { server_name = values.server_name or "example.org", document_root = root .. "/var/www/example" },
        })
        if config.changed and on_a_server then
            systemd.reload({ name = "nginx" })
        end
    end,
})

task({
    name = "service",
    depends_on = { "site" },
    when = function() return on_a_server end,
    run = function()
        systemd.ensure({ name = "nginx", state = "started", enabled = true })
    end,
})

stack.set_output("document_root", root .. "/var/www/example")
