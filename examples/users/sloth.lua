-- Who may log in: people with their ssh keys, people who have left, and a user for a service.
--   sudo sloth-runner run

workflow({ name = "users", description = "People and their ssh keys" })

local people = {
    { name = "ana", comment = "Ana Ruiz", admin = true },
    { name = "ben", comment = "Ben Osei" },
}
local gone = { "carl" }

task({
    name = "people",
    run = function()
        group.create({ name = "admins" })
        for _, person in ipairs(people) do
            user.ensure({
                name = person.name,
                comment = person.comment,
                shell = "/bin/bash",
                groups = person.admin and { "admins" } or {},
                authorized_keys = { (fs.read("keys/" .. person.name .. ".pub"):gsub("%s+$", "")) },
            })
        end
        for _, name in ipairs(gone) do
            -- The home directory stays: somebody may still need what is in it.
            user.delete({ name = name })
        end
    end,
})

task({
    name = "admins-may-do-everything",
    depends_on = "people",
    run = function()
        file_ops.copy({
            dest = "/etc/sudoers.d/admins",
            content = "%admins ALL=(ALL) NOPASSWD: ALL\n",
            mode = "0440",
            -- A mistake in this file locks everybody out: visudo looks at it before it counts.
            validate = "/usr/sbin/visudo -cf %s",
        })
    end,
})

task({
    name = "service-user",
    run = function()
        user.ensure({ name = "app", system = true, home = "/var/lib/app", shell = "/usr/sbin/nologin" })
        file_ops.directory({ path = "/var/lib/app", owner = "app", group = "app", mode = "0750" })
    end,
})
