import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import { packageName } from "./_fields.ts";
import { lookUp } from "./_look-up.ts";

/** The installed version of a package; nil when it is not installed, or only provided by another. */
export const version = defineQuery<{ readonly name: string }, string>({
  name: "pkg.version",
  summary: "The installed version of a package, or nil.",
  example: 'print(pkg.version("nginx") or "not installed")',
  schema: object({ name: packageName }),
  positional: ["name"],
  returns: "string?",
  want: ({ name }) => name,

  async read(name, target) {
    const found = await lookUp(name, target);
    if (found === null || found.provider !== undefined) return null;
    if (found.version !== undefined) return found.version;
    throw new SlothError("E_UNKNOWN", `the version of ${name} is known once it is installed`);
  },
});
