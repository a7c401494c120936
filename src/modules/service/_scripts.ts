import { SlothError } from "../../base/errors.ts";
import { utf8Text } from "../../base/byte-text.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";

const DIRECTORY = "/etc/init.d";

export function hasScript(name: string, target: ReadSystem): boolean {
  return target.stat(`${DIRECTORY}/${name}`)?.type === "file";
}

export function scripts(target: ReadSystem): readonly string[] {
  return target.stat(DIRECTORY) === null ? [] : target.list(DIRECTORY);
}

/** Asked once, and again after anything was run. */
export function succeeds(argv: Argv, target: ReadSystem): Promise<boolean> {
  return target.cached(`service ${argv.join(" ")}`, async () => {
    return (await target.query(argv, { env: { LC_ALL: "C" } })).exitCode === 0;
  });
}

/** A failure quotes what the script said. */
export async function run(argv: Argv, target: System): Promise<void> {
  const { exitCode, stdout, stderr } = await target.run(argv, { env: { LC_ALL: "C" } });
  if (exitCode === 0) return;
  const said = [utf8Text(stdout).trim(), utf8Text(stderr).trim()].filter((text) => text !== "").join("\n");
  throw new SlothError("E_SERVICE_FAILED", `${argv.join(" ")} ended with ${exitCode}: ${said || "it said nothing"}`);
}
