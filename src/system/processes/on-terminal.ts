import { SlothError } from "../../base/errors.ts";
import { childEnvironment, which } from "./environment.ts";

/** Where a program finds the open file that it is given. Not by our own number: others of the same user may not look into us. */
export const GIVEN = "/proc/self/fd/3";

/** Runs a program that has our terminal and an open file of ours, such as an editor, and answers its exit code. */
export async function runOnTerminal(argv: readonly [string, ...string[]], given: number): Promise<number> {
  const env = childEnvironment();
  const program = which(argv[0], env["PATH"], process.cwd());
  if (program === null) throw new SlothError("E_COMMAND", `${argv[0]} is not there`, { hint: "set EDITOR" });
  const child = Bun.spawn([program, ...argv.slice(1)], { env, stdio: ["inherit", "inherit", "inherit", given] });
  return await child.exited;
}
