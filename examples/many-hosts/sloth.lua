-- Several hosts from one machine, over ssh: no agent has to be installed on them.
--   sloth-runner run --inventory inventory.yaml

workflow({ name = "many-hosts", description = "The same banner and the same time zone everywhere" })

task({
    name = "banner",
    run = function()
        -- All at once, eight at a time. One dead host fails this task after the others are done, and names itself.
        goroutine.map(hosts.group("web"), function(host)
            file_ops.template({
                src = "templates/issue.j2",
                dest = "/etc/issue.net",
                mode = "0644",
                vars = { host = host, role = hosts.get(host).vars.role },
                delegate_to = host,
            })
        end, { limit = 8 })
    end,
})

task({
    name = "one-after-the-other",
    depends_on = "banner",
    run = function()
        for _, host in ipairs(hosts.group("web")) do
            local zone = file_ops.symlink({
                src = "/usr/share/zoneinfo/Etc/UTC",
                dest = "/etc/localtime",
                force = true,
                delegate_to = host,
            })
            print(host .. (zone.changed and ": set to UTC" or ": UTC already"))
        end
    end,
})
