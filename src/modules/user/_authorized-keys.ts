import { SlothError } from "../../base/errors.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, CommandOptions, ReadSystem, System } from "../../system/system.ts";

/** The lines that are keys, in their order. A link on the way is the user's own doing and not followed: no keys. */
export function keysOf(home: string, target: ReadSystem): readonly string[] {
  return keyText(home, target)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * Writes as the user himself, so that no link he plants leads us anywhere he may not go; the new file takes the old one's place
 * at once. Where keys are only added, what is there stays as it is, comments too.
 */
export async function writeKeys(
  who: { readonly name: string; readonly home: string },
  keys: readonly string[],
  target: System,
): Promise<void> {
  const directory = `${who.home}/.ssh`;
  refuseKeysPlace(who.home, target);
  const there = keysOf(who.home, target);
  const onlyAdded = there.every((key, index) => keys[index] === key);
  const kept = onlyAdded ? keyText(who.home, target).replace(/(?<=[^\n])$/, "\n") : "";
  const added = onlyAdded ? keys.slice(there.length) : keys;
  const temporary = `${directory}/authorized_keys.${crypto.randomUUID()}`;
  const run = async (argv: Argv, stdin?: string): Promise<void> => {
    const options: CommandOptions = { user: who.name, cwd: "/", stdin };
    mustSucceed(argv, await target.run(argv, options));
  };
  await run(["mkdir", "-p", "-m", "0700", "--", directory]);
  await run(["tee", "--", temporary], kept + added.map((key) => `${key}\n`).join(""));
  await run(["chmod", "0600", "--", temporary]);
  await run(["mv", "-f", "--", temporary, `${directory}/authorized_keys`]);
}

/** Refuses to keep keys where there is no home, or where its .ssh is no directory. */
export function refuseKeysPlace(home: string, target: ReadSystem): void {
  const directory = `${home}/.ssh`;
  if (target.stat(home)?.type !== "directory") {
    const hint = "create_home = true makes it";
    throw new SlothError("E_NOT_FOUND", `there is no home directory ${home} to keep authorized_keys in`, { hint });
  }
  const type = target.lstat(directory)?.type ?? "directory";
  if (type === "directory") return;
  throw new SlothError(
    "E_FILE_TYPE",
    `${directory} is a ${type}, not a directory, so authorized_keys are not kept there`,
  );
}

function keyText(home: string, target: ReadSystem): string {
  const path = `${home}/.ssh/authorized_keys`;
  const isPlain = target.lstat(`${home}/.ssh`)?.type === "directory" && target.lstat(path)?.type === "file";
  return isPlain ? Buffer.from(target.readFile(path)).toString("utf8") : "";
}
