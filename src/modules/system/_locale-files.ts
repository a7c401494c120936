import { utf8Text } from "../../base/byte-text.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { entryFile } from "../_files/entry-file.ts";
import { linesOf } from "../_files/lines.ts";

const file = entryFile<{ readonly path: string }>({ emptyGoes: true });
const DEBIAN = "/etc/default/locale";

/** systemd's file; on Debian the one that it reads in its place. */
function pathOf(target: ReadSystem): string {
  return target.stat(DEBIAN) === null && target.stat("/etc/debian_version") === null ? "/etc/locale.conf" : DEBIAN;
}

/** What new logins get; "" nothing is said. */
export function langOf(target: ReadSystem): string {
  const path = pathOf(target);
  const text = target.stat(path)?.type === "file" ? utf8Text(target.readFile(path)) : "";
  return (
    text
      .split("\n")
      .flatMap((line) => LANG.exec(line)?.[1] ?? [])
      .at(-1) ?? ""
  );
}

const LANG = /^\s*(?:export\s+)?LANG=["']?([^"'\s]*)["']?\s*$/;

/** "" takes it away. Other variables of the file stay. */
export async function writeLang(lang: string, target: System): Promise<void> {
  const path = pathOf(target);
  const before = await file.read({ path }, target);
  const others = linesOf(before ?? "").filter((line) => !LANG.test(line));
  await file.write({ path }, before, (lang === "" ? "" : `LANG=${lang}\n`) + others.join(""), target);
}

/** Names of what is made, as the C library has them. */
export async function listLocales(target: ReadSystem): Promise<ReadonlySet<string>> {
  const argv: Argv = ["locale", "-a"];
  return new Set(mustSucceed(argv, await target.query(argv, { env: { LC_ALL: "C" } })).stdout.split("\n"));
}
