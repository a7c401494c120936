import type { Parameter } from "../engine/resource.ts";
import { fieldsOf, object, optional, type Schema } from "../engine/schema.ts";
import { mapOptions } from "./goroutine.ts";
import { lockArguments } from "./lock.ts";
import { taskSchema, workflowSchema } from "./workflow.ts";

/** A function of the Lua machine itself, as documentation and editor stubs tell it: it takes functions, so no module has it. */
interface LuaFunctionReference {
  readonly name: string;
  readonly summary: string;
  /** One table of the parameters, or the parameters in order. */
  readonly call: "table" | "positional";
  readonly parameters: readonly Parameter[];
  /** LuaCATS types of what it returns, "" for nothing. */
  readonly returns: string;
}

/** Some add to a module of the same name. */
export interface LuaModuleReference {
  readonly name: string;
  readonly summary: string;
  readonly functions: readonly LuaFunctionReference[];
  /** Values beside the functions. */
  readonly constants?: readonly Parameter[] | undefined;
}

const fn = (name: string, type: string, summary: string): Parameter => ({ name, type, summary });
const handle = fn("handle", "Goroutine", "What `goroutine.async` answered.");
const options = parametersOf(object({ options: optional(mapOptions) }));
const lock = parametersOf(lockArguments).toSpliced(1, 0, fn("fn", "fun(): any", "What is done while it is held."));

export const luaReference: readonly LuaModuleReference[] = [
  {
    name: "workflow",
    summary: "What a workflow file declares. Its top level is a task itself, `main`, that runs first.",
    functions: [
      {
        name: "workflow",
        summary: "Names the workflow; once in a file, before the first module call.",
        call: "table",
        parameters: parametersOf(workflowSchema),
        returns: "",
      },
      {
        name: "task",
        summary: "Declares a task. Tasks run in the order of the file, made consistent with `depends_on`.",
        call: "table",
        parameters: parametersOf(taskSchema),
        returns: "",
      },
    ],
  },
  {
    name: "goroutine",
    summary: "Several things at once. A task ends when all it started have ended.",
    functions: [
      {
        name: "goroutine.map",
        summary:
          "Runs a function for every item of a list at once, and answers the results in order. When some fail, all are waited for, and one error lists each failed item.",
        call: "positional",
        parameters: [
          fn("list", "any[]", "The items."),
          fn("fn", "fun(item: any, index: integer): any", "What is done for each."),
          ...options,
        ],
        returns: "any[]",
      },
      {
        name: "goroutine.async",
        summary: "Starts a function and goes on.",
        call: "positional",
        parameters: [fn("fn", "fun(...: any): any", "What is started."), fn("...", "any", "Its arguments.")],
        returns: "Goroutine",
      },
      {
        name: "goroutine.await",
        summary: "Waits for one that was started; answers its results, or raises its error.",
        call: "positional",
        parameters: [handle],
        returns: "any",
      },
      {
        name: "goroutine.await_all",
        summary: "Waits for all of a list; answers the first result of each, in order.",
        call: "positional",
        parameters: [fn("handles", "Goroutine[]", "What `goroutine.async` answered.")],
        returns: "any[]",
      },
      {
        name: "goroutine.sleep",
        summary: "Waits; others run meanwhile. In a plan nothing waits.",
        call: "positional",
        parameters: [fn("ms", "number", "Milliseconds.")],
        returns: "",
      },
      {
        name: "goroutine.timeout",
        summary: "Runs a function, and fails when it takes longer.",
        call: "positional",
        parameters: [
          fn("ms", "number", "Milliseconds."),
          fn("fn", "fun(...: any): any", "What is run."),
          fn("...", "any", "Its arguments."),
        ],
        returns: "any",
      },
    ],
  },
  {
    name: "json",
    summary: "",
    functions: [],
    constants: [fn("json.null", "any", "Null in a list or a table, where nil would leave nothing.")],
  },
  {
    name: "state",
    summary: "",
    functions: ["state.with_lock", "state.shared.with_lock"].map((name) => ({
      name,
      summary: "Runs a function while nobody else holds the lock, in whatever process. Our death releases it.",
      call: "positional",
      parameters: lock,
      returns: "any",
    })),
  },
];

function parametersOf(schema: Schema<unknown>): readonly Parameter[] {
  return [...fieldsOf(schema)].map(([name, note]) => ({ name, ...note }));
}
