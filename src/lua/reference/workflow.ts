import { CTX_FIELDS } from "../to-task.ts";
import { taskSchema, workflowSchema } from "../workflow.ts";
import { parameter, parametersOf, type LuaModuleReference } from "./reference.ts";

export const workflowReference: LuaModuleReference = {
  name: "workflow",
  summary:
    "Names a workflow file. What stands at its top level is a task itself, `main`, that runs first; a file without `workflow{}` is named after itself.",
  functions: [
    {
      name: "workflow",
      summary: "Names the workflow; once in a file, before the first module call.",
      example: `
        workflow{ name = "web", description = "The web servers", max_parallel = 2 }
        file_ops.directory{ path = "/srv/www" }
      `,
      call: "table",
      parameters: parametersOf(workflowSchema),
      returns: "",
    },
  ],
};

export const taskReference: LuaModuleReference = {
  name: "task",
  summary: "A part of a workflow with a name: what it waits for, when it is needed, how often it is tried.",
  functions: [
    {
      name: "task",
      summary: "Declares a task. Tasks run in the order of the file, made consistent with `depends_on`.",
      example: `
        workflow{ name = "site" }

        task{
            name = "content",
            run = function()
                file_ops.copy{ content = "Hello.\\n", dest = "/srv/www/index.html" }
            end,
        }

        task{
            name = "look at it",
            depends_on = "content",
            retries = 2,
            retry_delay = "1s",
            run = function(ctx)
                print(ctx.task, fs.read("/srv/www/index.html"))
            end,
        }
      `,
      call: "table",
      parameters: parametersOf(taskSchema),
      returns: "",
    },
  ],
};

export const ctxReference: LuaModuleReference = {
  name: "ctx",
  summary:
    "What the functions of a task (`run`, `when`, `on_success`, `on_failure`) are given as their first argument.",
  functions: [],
  types: [{ name: "TaskContext", summary: "What a task's functions are given.", fields: CTX_FIELDS }],
  example: `
    workflow{ name = "about" }
    task{
        name = "hello",
        tags = { "first" },
        run = function(ctx)
            print(ctx.workflow, ctx.task, ctx.tags[1], ctx.host)
        end,
    }
  `,
};

export const valuesReference: LuaModuleReference = {
  name: "values",
  summary:
    "The settings of a workflow: the stack's own (`stack config set`), then those of `--values FILE`, then those of `--set KEY=VALUE`; the later goes before. A value that was not given is nil.",
  functions: [],
  constants: [parameter("values", "table<string, any>", "By their names, in tables as deep as you like.")],
  example: `
    local port = values.port or 8080
    local name = values.site and values.site.name or "example.org"
    file_ops.copy{ content = name .. ":" .. port .. "\\n", dest = "/etc/app/listen" }
  `,
};
