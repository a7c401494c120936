import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { nameIn } from "../../base/path.ts";
import type { Argv, CommandResult, System } from "../../system/system.ts";

/** In a directory of its own, as the file has to have its name. */
export async function verifyUnit(path: string, bytes: Uint8Array, target: System): Promise<void> {
  if (target.which("systemd-analyze") === null) return;
  const directory = `/run/sloth-runner-${crypto.randomUUID()}`;
  const file = `${directory}/${nameIn(path)}`;
  target.mkdir(directory, { mode: 0o700 });
  try {
    await target.writeFile(file, bytes, { mode: 0o644 });
    const result = await analyze(file, target);
    if (result.exitCode === 0) return;
    const said = utf8Text(result.stderr).trim().replaceAll(`${directory}/`, "");
    if (isOfOthers(said)) return;
    throw new SlothError("E_VALIDATE", `systemd refuses it: ${said}`, {
      hint: "verify = false writes it all the same",
    });
  } finally {
    await target.removeTree(directory);
  }
}

/** A socket may be there before the service that it starts. */
function isOfOthers(said: string): boolean {
  return said.split("\n").every((line) => /: service \S+ not loaded, socket cannot be started\.$/.test(line));
}

/** Other units are not ours to judge; systemd before 250 does not know the option and judges them. */
async function analyze(file: string, target: System): Promise<CommandResult> {
  const run = (...options: readonly string[]): Promise<CommandResult> => {
    const argv: Argv = ["systemd-analyze", "verify", ...options, file];
    return target.run(argv, { env: { LC_ALL: "C", SYSTEMD_COLORS: "0" } });
  };
  const result = await run("--recursive-errors=no");
  return /unrecognized option/.test(utf8Text(result.stderr)) ? run() : result;
}
