import type { ModuleDefinition } from "../../engine/resource.ts";
import { anything, object, optional, text } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import { functionOf } from "../_kit/function.ts";
import { dropNulls } from "../../base/formats/text-form.ts";
import { decodeYaml, encodeYaml } from "../../base/formats/yaml-text.ts";

const source = object({ text: text("The YAML text.") });

export const yaml: ModuleDefinition = {
  name: "yaml",
  summary: "YAML 1.2 to and from Lua values.",
  functions: [
    functionOf({
      name: "yaml.encode",
      summary: "Writes a value as YAML, members in the order of `pairs`; what YAML 1.1 would misread is quoted.",
      example: 'file_ops.copy{ content = yaml.encode({ listen = { 8080, 8081 } }), dest = "/etc/app/app.yaml" }',
      params: object({ value: optional(anything("Any data: an empty table is written as `{}`.")) }),
      returns: "string",
      keepsFloats: true,
      call: ({ value }) => encodeYaml(value ?? null),
    }),
    functionOf({
      name: "yaml.decode",
      summary: "Reads one document. `yes` and `on` are strings, dates too; a null member is left out.",
      example: `
        print(yaml.decode("port: 8080\\n").port)
      `,
      params: source,
      returns: "any",
      keepsOrder: true,
      async call(params) {
        const documents = await decodeYaml(params.text, { keepsFloats: true });
        if (documents.length <= 1) return dropNulls(documents[0] ?? null);
        throw new SlothError("E_YAML", `holds ${documents.length} documents`, {
          hint: "read them with yaml.decode_all",
        });
      },
    }),
    functionOf({
      name: "yaml.decode_all",
      summary: "Reads all documents of a stream, as a list.",
      example: `
        for _, document in ipairs(yaml.decode_all("a: 1\\n---\\na: 2\\n")) do
            print(document.a)
        end
      `,
      params: source,
      returns: "any[]",
      keepsOrder: true,
      call: async (params) => (await decodeYaml(params.text, { keepsFloats: true })).map(dropNulls),
    }),
  ],
};
