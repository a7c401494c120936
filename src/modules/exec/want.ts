import { toText } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import type { Contents } from "../../engine/schema.ts";
import type { Argv } from "../../system/system.ts";
import { bytesOf } from "../_kit/bytes.ts";
import type { Sealed } from "../_kit/sealed.ts";

/** What goes to the host: the command as it is (no secret can be in it), environment and standard input sealed. */
export type RunWant = {
  readonly argv: Argv;
  readonly creates: string | null;
  readonly removes: string | null;
  readonly unless: Argv | null;
  readonly onlyif: Argv | null;
  readonly cwd: string | null;
  readonly env: { readonly [name: string]: Sealed };
  readonly stdin: Digest | null;
  readonly user: string | null;
  readonly okCodes: readonly number[];
  readonly changedWhen: boolean | { readonly exitCodes: readonly number[] | null; readonly stdout: string | null };
  readonly readOnly: boolean;
  /** Its output is not quoted in errors. */
  readonly sensitive: boolean;
};

/** A string is for the shell, a list is the program and its arguments. The schema has seen to it that none is a secret or empty. */
export function shellOrArgv(command: Contents | readonly Contents[], shell: string): Argv {
  if (!Array.isArray(command)) return [shell, "-c", textOf(command as Contents)];
  const [program = "", ...args] = command.map(textOf);
  return [program, ...args];
}

/** Bytes that are not UTF-8 are kept as a path keeps them; the system layer hands them on as they were. */
function textOf(word: Contents): string {
  return typeof word === "string" ? word : toText(bytesOf(word));
}
