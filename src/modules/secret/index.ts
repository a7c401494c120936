import type { CallContext, ModuleDefinition } from "../../engine/resource.ts";
import { object, path, text } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import { withhold } from "../../base/withheld.ts";
import { SlothError } from "../../base/errors.ts";
import { functionOf } from "../_kit/function.ts";
import { besideWorkflow } from "../_kit/paths.ts";

export const secret: ModuleDefinition = {
  name: "secret",
  summary: "Values that are never shown, logged or stored; only a module that needs one opens it.",
  functions: [
    functionOf({
      name: "secret.env",
      summary: "A secret from an environment variable of this process.",
      example: `
        -- TOKEN=… sloth-runner run site.lua
        local token = os.getenv("TOKEN") and secret.env("TOKEN") or secret.file("secrets/token")
        file_ops.copy{ content = "token=" .. token .. "\\n", dest = "/etc/app/token", mode = "0600" }
      `,
      params: object({ name: text("Name of the variable.") }),
      returns: "Secret",
      call: ({ name }, context) => new Secret(fromEnvironment(name, context), `secret.env(${name})`),
    }),
    functionOf({
      name: "secret.file",
      summary: "A secret from a file on this machine; one newline at its end is dropped.",
      example: 'file_ops.copy{ content = secret.file("secrets/token"), dest = "/etc/app/token-only", mode = "0600" }',
      params: object({ path: path("The file; relative to the workflow.") }),
      returns: "Secret",
      call: (params, context) => new Secret(fromFile(params.path, context), `secret.file(${params.path})`),
    }),
  ],
};

/** Without the environment that a run has, a check still goes on: the value is empty. */
function fromEnvironment(name: string, { mode, source }: CallContext): Uint8Array {
  if (mode === "check") return new Uint8Array();
  withhold(name);
  const value = source.env(name);
  if (value !== undefined) return Buffer.from(value, "utf8");
  throw new SlothError("E_SECRET_MISSING", `the environment variable ${name} is not set`, {
    hint: `set it for this run, for instance: ${name}=… sloth-runner run`,
  });
}

function fromFile(file: string, { mode, source }: CallContext): Uint8Array {
  if (mode === "check") return new Uint8Array();
  const bytes = source.readFile(source.locate(besideWorkflow(file, source), "secret"));
  const end = bytes.at(-1) !== 0x0a ? bytes.length : bytes.at(-2) === 0x0d ? -2 : -1;
  return bytes.slice(0, end);
}
