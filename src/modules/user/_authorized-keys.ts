import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { parentOf } from "../../base/path.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, CommandOptions, ReadSystem, System } from "../../system/system.ts";
import { contentsFor } from "../_accounts/own-text.ts";

interface Holder {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** `appended`: what is there is to stay, so that it has to be known. */
interface KeyOptions {
  readonly appended: boolean;
}

/** The lines that are keys, in their order, each once. */
export function keysOf(who: Omit<Holder, "name">, target: ReadSystem, options: KeyOptions): readonly string[] {
  return linesOf(utf8Text(present(who, target, options).contents));
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== "" && !line.startsWith("#")))];
}

/**
 * Writes as the user himself, so that no link he plants leads us anywhere he may not go; the new file takes the old one's place
 * at once. Where keys are only added, what is there stays as it is, comments too.
 */
export async function writeKeys(
  who: Holder,
  keys: readonly string[],
  target: System,
  options: KeyOptions,
): Promise<void> {
  const directory = `${who.home}/.ssh`;
  refuseKeysPlace(who.home, target);
  const { contents, path } = present(who, target, options);
  const temporary = `${parentOf(path)}/authorized_keys.${crypto.randomUUID()}`;
  const run = async (argv: Argv, stdin?: Uint8Array): Promise<void> => {
    const options: CommandOptions = { user: who.name, cwd: "/", stdin };
    mustSucceed(argv, await target.run(argv, options));
  };
  await run(["mkdir", "-p", "-m", "0700", "--", directory]);
  await run(["tee", "--", temporary], newContents(contents, keys));
  await run(["chmod", "0600", "--", temporary]);
  await run(["mv", "-f", "--", temporary, path]);
}

/** What is there and the keys that are not, when all keys that are there are wanted; else the keys alone. */
function newContents(before: Uint8Array, keys: readonly string[]): Uint8Array {
  const there = linesOf(utf8Text(before));
  const isKept = there.every((key) => keys.includes(key));
  const added = keys.filter((key) => !isKept || !there.includes(key)).map((key) => `${key}\n`);
  const lineEnd = isKept && before.length > 0 && before.at(-1) !== LINE_FEED ? "\n" : "";
  return Buffer.concat([isKept ? before : new Uint8Array(), Buffer.from(lineEnd + added.join(""))]);
}

const LINE_FEED = 0x0a;

interface Present {
  readonly contents: Uint8Array;
  /** Where it really is. */
  readonly path: string;
}

/**
 * The file as the user has it: a link to it is followed where it leads to what is his own. What is not his to read, or is led to by a link
 * that somebody could exchange, counts for nothing and is replaced; it is refused when it is to stay.
 */
function present(who: Omit<Holder, "name">, target: ReadSystem, { appended }: KeyOptions): Present {
  const own = `${who.home}/.ssh/authorized_keys`;
  try {
    using file = target.look(own, { follow: true });
    return { contents: contentsFor(who.uid, file), path: file.stat === null ? own : file.path };
  } catch (error) {
    if (appended || !(error instanceof SlothError) || error.code !== "E_ACCESS") throw error;
    return { contents: new Uint8Array(), path: own };
  }
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
