import { SlothError } from "../../base/errors.ts";
import { childEnvironment, which } from "./environment.ts";

/** Runs a program that has our terminal, such as an editor, and answers its exit code. */
export async function runOnTerminal(argv: readonly [string, ...string[]]): Promise<number> {
  const env = childEnvironment();
  const program = which(argv[0], env["PATH"], process.cwd());
  if (program === null) throw new SlothError("E_COMMAND", `${argv[0]} is not there`, { hint: "set EDITOR" });
  const child = Bun.spawn([program, ...argv.slice(1)], { env, stdin: "inherit", stdout: "inherit", stderr: "inherit" });
  return await child.exited;
}
