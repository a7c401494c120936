import type { ModuleDefinition } from "../../engine/resource.ts";
import { object, optional, text, anything } from "../../engine/schema.ts";
import { functionOf } from "../_kit/function.ts";
import { stored } from "../_kit/stored.ts";
import { resourceFunctions } from "./resources.ts";

const none = object({});
const STORED = "it would be stored and shown";

export const stack: ModuleDefinition = {
  name: "stack",
  summary: "The stack of this run: its outputs, and the resources it keeps.",
  functions: [
    functionOf({
      name: "stack.get_name",
      summary: "The stack's name.",
      example: "print(stack.get_name())",
      params: none,
      returns: "string",
      call: (_params, { stack }) => stack.name,
    }),
    functionOf({
      name: "stack.get_id",
      summary: "The stack's identity, which stays when it is renamed.",
      example: "print(stack.get_id())",
      params: none,
      returns: "string",
      call: (_params, { stack }) => stack.id,
    }),
    functionOf({
      name: "stack.get_status",
      summary: "How the stack is: new, running, ok, failed or interrupted.",
      example: "print(stack.get_status())",
      params: none,
      returns: "string",
      call: (_params, { stack }) => stack.status,
    }),
    functionOf({
      name: "stack.set_output",
      summary: "Keeps a value for other runs and for `stack outputs`.",
      example: 'stack.set_output("url", "https://example.org")',
      params: object({ key: text("Name of the output."), value: anything("Any data.") }),
      returns: "",
      call({ key, value }, context) {
        context.stack.setOutput(context.sealName(key), stored(value, "value", STORED, context));
        return undefined;
      },
    }),
    functionOf({
      name: "stack.get_output",
      summary: "A value that was kept by this or an earlier run; nil or the fallback when there is none.",
      example: `
        local before = stack.get_output("runs", 0)
        stack.set_output("runs", before + 1)
      `,
      params: object({
        key: text("Name of the output."),
        fallback: optional(anything("Answered when there is none.")),
      }),
      returns: "any",
      call: ({ key, fallback }, context) => context.stack.output(context.sealName(key)) ?? fallback,
    }),
    ...resourceFunctions,
  ],
};
