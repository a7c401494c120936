import { toBytes, toText, utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { nameIn, parentOf } from "../../base/path.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";

const SUDOERS = "/etc/sudoers";

/**
 * Refuses a file that visudo does not take, in the place where sudo will read it: one mistake anywhere, and nobody is let through any more.
 * A file that sudoers does not include is looked at by itself.
 */
export async function refuseInvalid(path: string, text: string, target: ReadSystem): Promise<void> {
  if (target.which("visudo") === null) return;
  const said = await refused(wholeSet(path, text, target), target);
  if (said === null) return;
  const isBroken = (await refused(wholeSet(path, "", target), target)) !== null;
  throw new SlothError("E_SUDOERS", `visudo refuses ${path} among what sudo reads: ${said}`, {
    hint: isBroken ? "what is there is refused without it too: see visudo -c" : "nothing was changed",
  });
}

/** What visudo says of it; null: it is right. */
async function refused(text: string, target: ReadSystem): Promise<string | null> {
  const argv: Argv = ["visudo", "-cf", "-"];
  const { exitCode, stderr, stdout } = await target.query(argv, { stdin: toBytes(text), env: { LC_ALL: "C" } });
  return exitCode === 0 ? null : utf8Text(stderr).trim() || utf8Text(stdout).trim();
}

/** As sudo reads it: the directory's files in the order of their names, in the place of the line that includes them. */
function wholeSet(path: string, text: string, target: ReadSystem): string {
  const lines = (textOf(SUDOERS, target) ?? "").split("\n");
  const at = lines.findIndex((line) => includedDirectory(line) === parentOf(path));
  if (at === -1) return text;
  const directory = parentOf(path);
  const there = target.stat(directory)?.type === "directory" ? target.list(directory) : [];
  const names = [...new Set([...there.filter((name) => !/\.|~$/.test(name)), nameIn(path)])].toSorted();
  const files = names.map((name) => (name === nameIn(path) ? text : (textOf(`${directory}/${name}`, target) ?? "")));
  return [...lines.slice(0, at), ...files, ...lines.slice(at + 1)].join("\n");
}

function includedDirectory(line: string): string | undefined {
  return /^\s*[@#]includedir\s+"?([^"\s]+?)\/?"?\s*$/.exec(line)?.[1];
}

function textOf(path: string, target: ReadSystem): string | undefined {
  return target.stat(path)?.type === "file" ? toText(target.readFile(path)) : undefined;
}
