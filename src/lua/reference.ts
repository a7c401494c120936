import { lockArguments } from "./lock.ts";
import { goroutineReference } from "./reference/goroutine.ts";
import { hostsReference } from "./reference/hosts.ts";
import { parameter, parametersOf, type LuaModuleReference } from "./reference/reference.ts";
import { ctxReference, taskReference, valuesReference, workflowReference } from "./reference/workflow.ts";

const what = parameter("fn", "fun(): any", "What is done while it is held.");

/** What Lua has beside the modules of the registry. */
export const luaReference: readonly LuaModuleReference[] = [
  workflowReference,
  taskReference,
  ctxReference,
  valuesReference,
  hostsReference,
  goroutineReference,
  {
    name: "json",
    summary: "",
    functions: [],
    constants: [parameter("json.null", "any", "Null in a list or a table, where nil would leave nothing.")],
  },
  {
    name: "state",
    summary: "",
    functions: ["state.with_lock", "state.shared.with_lock"].map((name) => ({
      name,
      summary: "Runs a function while nobody else holds the lock, in whatever process. Our death releases it.",
      example: `
        local count = ${name}("counter", function()
            return state.increment("visits")
        end, "10s")
        print(count)
      `,
      call: "positional",
      parameters: parametersOf(lockArguments).toSpliced(1, 0, what),
      returns: "any",
    })),
  },
];
