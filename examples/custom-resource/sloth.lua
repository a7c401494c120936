-- Something that no module knows, kept like everything else: recorded, done only when it differs, and looked at for drift.
--   sloth-runner run --set root=/tmp/try --db /tmp/try.db

workflow({ name = "custom-resource", description = "An archive of the documentation, made again when its version changes" })

local root = values.root or "/var/lib/docs"
local version = values.version or "1.0"
local archive = root .. "/docs-" .. version .. ".tar"

task({
    name = "archive",
    run = function()
        file_ops.directory({ path = root })
        local status = stack.register_resource({
            type = "archive",
            name = "docs",
            module = "custom",
            properties = { version = version, path = archive },
            -- What `stack drift` runs later, and compares with what it said when this was applied.
            probe = { "sha256sum", archive },
        })
        if status == "unchanged" then
            print("the archive is of version " .. version .. " already")
            return
        end
        exec.run({
            name = "make the archive",
            argv = { "tar", "--create", "--file", archive, "--sort=name", "--mtime=@0", "sloth.lua" },
            cwd = ".",
        })
        stack.update_resource("archive", "docs", { state = "applied" })
    end,
})
