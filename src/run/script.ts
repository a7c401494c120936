import { basename, dirname, extname, relative, resolve } from "node:path";
import { digestOf, type Digest } from "../base/digest.ts";
import { ScriptError, SlothError, UsageError } from "../base/errors.ts";
import type { ReadSystem } from "../system/system.ts";

/** A workflow file that was read. */
export interface Script {
  readonly source: Uint8Array;
  /** As the user knows it: relative to where they stand when it is below, else absolute. */
  readonly name: string;
  /** Absolute; of standard input, where we stand. */
  readonly directory: string;
  readonly digest: Digest;
  /** The stack of a file that names none; undefined on standard input. */
  readonly defaultStack: string | undefined;
}

const DEFAULT = "./sloth.lua";
/** Bytes; a workflow is text written by people. */
const LIMIT = 16 << 20;

/** Text that nowhere says `workflow` cannot name its stack: told before any of it is done. */
export function refuseNameless({ source, defaultStack }: Script, asked: string | undefined): void {
  if (asked === undefined && defaultStack === undefined && !Buffer.from(source).includes("workflow")) throw nameless();
}

/** Refuses another text than the one that was meant: a transfer that was cut may well be a workflow by itself. */
export function refuseOther({ digest, name }: Script, sha256: string | undefined): void {
  if (sha256 === undefined || digest === `sha256:${sha256}`) return;
  throw new ScriptError("E_SCRIPT", `${name} has ${digest}, and not the one given with --sha256; nothing was run`);
}

/** Reads FILE, `./sloth.lua` when there is none, or standard input for `-`. */
export async function readScript(
  file: string | undefined,
  stdin: () => Promise<Uint8Array>,
  system: ReadSystem,
): Promise<Script> {
  if (file === "-") return fromStdin(await stdin());
  const path = resolve(file ?? DEFAULT);
  const source = readWorkflow(path, file, system);
  const defaultStack = stackOf(path, system.realPath(path) ?? path);
  return { source, name: shown(path), directory: dirname(path), digest: digestOf(source), defaultStack };
}

function fromStdin(source: Uint8Array): Script {
  if (source.length > LIMIT) throw tooLarge("standard input", source.length);
  return { source, name: "stdin", directory: process.cwd(), digest: digestOf(source), defaultStack: undefined };
}

/** A workflow of the command line. */
export function scriptOf(text: string): Script {
  const source = new TextEncoder().encode(text);
  return { source, name: "exec", directory: process.cwd(), digest: digestOf(source), defaultStack: "exec" };
}

function readWorkflow(path: string, given: string | undefined, system: ReadSystem): Uint8Array {
  const stat = system.stat(path);
  if (stat?.type === "directory")
    throw new ScriptError("E_SCRIPT", `${shown(path)} is a directory, not a workflow file`);
  if (stat !== null && stat.size > LIMIT) throw tooLarge(shown(path), stat.size);
  try {
    return system.readFile(path);
  } catch (error) {
    if (!(error instanceof SlothError)) throw error;
    const { message } = error;
    throw new ScriptError("E_SCRIPT", `the workflow: ${message}`, { hint: unreadable(given, error), cause: error });
  }
}

function unreadable(given: string | undefined, { code, hint }: SlothError): string | undefined {
  if (given === undefined) return "name a workflow: sloth-runner run FILE";
  return code === "E_NOT_FILE" ? "give its text on standard input: sloth-runner run -" : hint;
}

function tooLarge(name: string, size: number): ScriptError {
  return new ScriptError("E_SCRIPT", `${name} has ${Math.ceil(size / (1 << 20))} MiB; a workflow has at most 16 MiB`);
}

function shown(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith("..") ? path : below === "" ? "." : below;
}

/** So that two files called `sloth.lua` never share a record. */
function stackOf(path: string, realPath: string): string {
  const name = basename(path, extname(path))
    .replace(/[^A-Za-z0-9._-]/g, "_")
    .replace(/^[.-]+/, "_");
  return `${name.slice(0, 100)}-${digestOf(realPath).slice(7, 15)}`;
}

/** The stack of a run: asked for, else said by the file, else the file's own. */
export function stackName(
  asked: string | undefined,
  workflow: { readonly name: string; readonly stack?: string | undefined } | null,
  script: Script,
): string {
  const name = asked ?? workflow?.stack ?? workflow?.name ?? script.defaultStack;
  if (name !== undefined) return name;
  throw nameless();
}

function nameless(): UsageError {
  const hint = "say which with --stack NAME, or begin the workflow with workflow{name = …}";
  return new UsageError("a workflow without a name on standard input has no stack", { hint });
}
