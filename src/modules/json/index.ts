import type { ModuleDefinition } from "../../engine/resource.ts";
import { anything, flag, object, optional, text } from "../../engine/schema.ts";
import { functionOf } from "../_kit/function.ts";
import { dropNulls } from "../../base/formats/text-form.ts";
import { decodeJson, encodeJson } from "../../base/formats/json-text.ts";

/** `json.null`, which stands for null in lists and members, is Lua's side of the bridge. */
export const json: ModuleDefinition = {
  name: "json",
  summary: "JSON to and from Lua values. `json.null` stands for null.",
  functions: [
    functionOf({
      name: "json.encode",
      summary: "Writes a value as JSON, members in the order of `pairs`; a float without a fraction as `1.0`.",
      example: `
        file_ops.copy{ content = json.encode({ port = 8080, names = { "a", "b" } }) .. "\\n", dest = "/etc/app/app.json" }
      `,
      params: object({
        value: optional(anything("Any data: an empty table is written as `{}`.")),
        options: optional(
          object({
            pretty: optional(flag("One member a line, indented by two spaces.")),
            sorted: optional(flag("Members by name, wherever they came from: equal values give equal text.")),
          }),
        ),
      }),
      returns: "string",
      keepsFloats: true,
      call: ({ value, options }) => encodeJson(value ?? null, options),
    }),
    functionOf({
      name: "json.decode",
      summary: "Reads JSON; 64-bit integers are exact. A null member is left out, a null in a list is `json.null`.",
      example: `
        local settings = json.decode('{ "port": 8080 }')
        print(settings.port)
      `,
      params: object({
        text: text("The JSON text."),
        options: optional(
          object({ keep_null: optional(flag("Null members become `json.null` instead of being left out.")) }),
        ),
      }),
      returns: "any",
      keepsNull: true,
      keepsOrder: true,
      call({ text: source, options }) {
        const value = decodeJson(source, { keepsFloats: true });
        return options?.keep_null === true ? value : dropNulls(value);
      },
    }),
  ],
};
