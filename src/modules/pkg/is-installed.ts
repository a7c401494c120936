import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { packageName } from "./_fields.ts";
import { lookUp } from "./_look-up.ts";

/** Whether a package, or one that provides it, is installed. In plan, as earlier steps would leave it. */
export const isInstalled = defineQuery<{ readonly name: string }, string>({
  name: "pkg.is_installed",
  summary: "Whether a package is installed, or one that provides it.",
  example: `
    if not pkg.is_installed("nginx") then
        print("there is no web server")
    end
  `,
  schema: object({ name: packageName }),
  positional: ["name"],
  returns: "boolean",
  want: ({ name }) => name,
  read: async (name, target) => (await lookUp(name, target)) !== null,
});
