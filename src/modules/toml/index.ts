import type { ModuleDefinition } from "../../engine/resource.ts";
import { anything, object, text } from "../../engine/schema.ts";
import { functionOf } from "../_kit/function.ts";
import { decodeToml, encodeToml } from "../../base/formats/toml-text.ts";

export const toml: ModuleDefinition = {
  name: "toml",
  summary: "TOML to and from Lua tables.",
  functions: [
    functionOf({
      name: "toml.encode",
      summary: "Writes a table as TOML, members in the order of `pairs`.",
      example: 'file_ops.copy{ content = toml.encode({ server = { port = 8080 } }), dest = "/etc/app/app.toml" }',
      params: object({ value: anything("A table with names.") }),
      returns: "string",
      keepsFloats: true,
      call: ({ value }) => encodeToml(value),
    }),
    functionOf({
      name: "toml.decode",
      summary: "Reads TOML; dates and times become strings, 64-bit integers are exact.",
      example: 'print(toml.decode("port = 8080").port)',
      params: object({ text: text("The TOML text.") }),
      returns: "table",
      keepsOrder: true,
      call: (params) => decodeToml(params.text, { keepsFloats: true }),
    }),
  ],
};
