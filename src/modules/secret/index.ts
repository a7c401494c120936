import type { CallContext, ModuleDefinition } from "../../engine/resource.ts";
import { list, object, path, sourceFile, text } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import { withhold } from "../../base/withheld.ts";
import { SlothError } from "../../base/errors.ts";
import { functionOf } from "../_kit/function.ts";
import { besideWorkflow } from "../_kit/paths.ts";
import { refuseSecretTexts } from "../_kit/secrets.ts";

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
    functionOf({
      name: "secret.age",
      summary:
        "A secret from a file that is encrypted with age; nothing of it is dropped, so a binary file is the same file.",
      example: `
        -- made with: age -a -R /etc/ssh/ssh_host_ed25519_key.pub -o secrets/tls.key.age tls.key
        file_ops.copy{ content = secret.age("secrets/tls.key.age"), dest = "/etc/app/tls.key", mode = "0600" }
      `,
      params: object({ path: sourceFile("The file; relative to the workflow.") }),
      returns: "Secret",
      call: async (params, context) => new Secret(await fromAge(params.path, context), `secret.age(${params.path})`),
    }),
    functionOf({
      name: "secret.command",
      summary: "A secret that a command of this machine writes, such as pass or op; one newline at its end is dropped.",
      example: `
        -- or { "pass", "show", "app/token" }, or { "op", "read", "op://app/token/password" }
        local token = secret.command{ argv = { "head", "-n1", "secrets/token" } }
        file_ops.copy{ content = "token=" .. token .. "\\n", dest = "/etc/app/token", mode = "0600" }
      `,
      takes: "options",
      params: object({
        argv: list("The command and its arguments; everybody on the machine sees them.", text("A word.")),
      }),
      returns: "Secret",
      call: async ({ argv }, context) =>
        new Secret(await fromCommand(argv, context), `secret.command(${argv[0] ?? ""})`),
    }),
    functionOf({
      name: "secret.prompt",
      summary: "A secret that is typed on the terminal, unseen; the same question is asked once in a run.",
      example: `
        local password = os.getenv("SSH_TTY") and secret.prompt("Password of the app") or secret.file("secrets/token")
        file_ops.copy{ content = password, dest = "/etc/app/password", mode = "0600" }
      `,
      params: object({ question: text("What is asked for, such as `Password of the database`.") }),
      returns: "Secret",
      call: async ({ question }, context) => new Secret(await typed(question, context), `secret.prompt(${question})`),
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

async function fromAge(file: string, { mode, source, unlocking }: CallContext): Promise<Uint8Array> {
  const place = source.locate(besideWorkflow(file, source));
  if (mode === "check") return new Uint8Array();
  try {
    return await unlocking.open(source.readFile(place));
  } catch (cause) {
    if (!(cause instanceof SlothError) || !OPENING.has(cause.code)) throw cause;
    throw new SlothError(cause.code, `${file}: ${cause.message}`, { hint: cause.hint, cause });
  }
}

/** What is wrong with the file, or with what was to open it. */
const OPENING: ReadonlySet<string> = new Set(["E_IDENTITY", "E_SECRET_DAMAGED"]);

async function fromCommand(argv: readonly string[], context: CallContext): Promise<Uint8Array> {
  const [program, ...words] = argv;
  if (program === undefined) throw new SlothError("E_FIELD", "'argv' is empty");
  refuseSecretTexts(argv, "argv", "everybody on the machine sees the arguments of a command");
  if (context.mode === "check") return new Uint8Array();
  return withoutNewline(await context.unlocking.command([program, ...words], context.signal));
}

async function typed(question: string, { mode, unlocking }: CallContext): Promise<Uint8Array> {
  return mode === "check" ? new Uint8Array() : await unlocking.ask(question);
}

function fromFile(file: string, { mode, source }: CallContext): Uint8Array {
  if (mode === "check") return new Uint8Array();
  return withoutNewline(source.readFile(source.locate(besideWorkflow(file, source), "secret")));
}

function withoutNewline(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) !== 0x0a ? bytes.length : bytes.at(-2) === 0x0d ? -2 : -1;
  return bytes.slice(0, end);
}
