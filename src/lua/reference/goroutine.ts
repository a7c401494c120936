import { object, optional } from "../../engine/schema.ts";
import { mapOptions } from "../goroutine.ts";
import { parameter, parametersOf, type LuaModuleReference } from "./reference.ts";

const handle = parameter("handle", "Goroutine", "What `goroutine.async` answered.");
const started = [
  parameter("fn", "fun(...: any): any", "What is run."),
  parameter("...", "any", "Its arguments."),
] as const;

export const goroutineReference: LuaModuleReference = {
  name: "goroutine",
  summary: "Several things at once. A task ends when all it started have ended.",
  functions: [
    {
      name: "goroutine.map",
      summary:
        "Runs a function for every item of a list at once, and answers the results in order. When some fail, all are waited for, and one error lists each failed item.",
      example: `
        local made = goroutine.map({ "ana", "ben" }, function(name)
            return file_ops.directory{ path = "/srv/people/" .. name }.changed
        end, { limit = 4 })
        print(#made .. " directories looked at")
      `,
      call: "positional",
      parameters: [
        parameter("list", "any[]", "The items."),
        parameter("fn", "fun(item: any, index: integer): any", "What is done for each."),
        ...parametersOf(object({ options: optional(mapOptions) })),
      ],
      returns: "any[]",
    },
    {
      name: "goroutine.async",
      summary: "Starts a function and goes on.",
      example: `
        local build = goroutine.async(function(name) return "built " .. name end, "app")
        print(goroutine.await(build))
      `,
      call: "positional",
      parameters: started,
      returns: "Goroutine",
    },
    {
      name: "goroutine.await",
      summary: "Waits for one that was started; answers its results, or raises its error.",
      example: `
        local sum = goroutine.async(function(a, b) return a + b end, 20, 22)
        print(goroutine.await(sum))
      `,
      call: "positional",
      parameters: [handle],
      returns: "any",
    },
    {
      name: "goroutine.await_all",
      summary: "Waits for all of a list; answers the first result of each, in order.",
      example: `
        local both = {
            goroutine.async(fs.exists, "/etc/passwd"),
            goroutine.async(fs.exists, "/etc/group"),
        }
        local passwd, group = table.unpack(goroutine.await_all(both))
        print(passwd and group)
      `,
      call: "positional",
      parameters: [parameter("handles", "Goroutine[]", "What `goroutine.async` answered.")],
      returns: "any[]",
    },
    {
      name: "goroutine.sleep",
      summary: "Waits; others run meanwhile. In a plan nothing waits.",
      example: "goroutine.sleep(50)",
      call: "positional",
      parameters: [parameter("ms", "number", "Milliseconds.")],
      returns: "",
    },
    {
      name: "goroutine.timeout",
      summary: "Runs a function, and fails when it takes longer.",
      example: `
        local kernel = goroutine.timeout(5000, function() return facts.os().kernel end)
        print(kernel)
      `,
      call: "positional",
      parameters: [parameter("ms", "number", "Milliseconds."), ...started],
      returns: "any",
    },
  ],
};
