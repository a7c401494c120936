import { normalPath, parentOf } from "../../base/path.ts";
import { resolve } from "node:path";
import { ScriptError, SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { utf8Text } from "../../base/byte-text.ts";
import type { Keyring } from "../../secrets/keyring.ts";
import { parseReaders, READERS_FILE } from "../../secrets/readers-file.ts";
import type { Reader } from "../../secrets/reader.ts";
import { openHost } from "../../system/host.ts";
import type { System } from "../../system/system.ts";
import type { Around } from "../around.ts";
import { keyringAtHand } from "./at-hand.ts";

/** What the commands of secrets work with: this machine's files, and what opens them. */
export interface Workplace {
  readonly system: System;
  readonly keys: Keyring;
}

export function openWorkplace(identities: readonly string[], { askHidden }: Pick<Around, "askHidden">): Workplace {
  const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
  return { system, keys: keyringAtHand({ files: identities, env: process.env, system, ask: askHidden }) };
}

/** Who may read what lies in a directory and below it. */
export interface Readership {
  readonly directory: string;
  readonly file: string;
  readonly text: string;
  readonly readers: readonly Reader[];
}

/** Of the nearest file of readers, there or above. */
export function readershipAt(start: string, system: System): Readership {
  for (let directory = normalPath(resolve(start)); ; directory = parentOf(directory)) {
    const file = directory === "/" ? `/${READERS_FILE}` : `${directory}/${READERS_FILE}`;
    if (system.stat(file)?.type === "file") return readershipIn(directory, file, system);
    if (directory === "/") break;
  }
  throw new SlothError("E_RECIPIENT", `there is no ${READERS_FILE} in ${printable(resolve(start))}, nor above it`, {
    hint: "it says who may read; sloth-runner secret init makes one",
  });
}

function readershipIn(directory: string, file: string, system: System): Readership {
  const text = utf8Text(system.readFile(file));
  const readers = parseReaders(text, file);
  if (readers.length === 0)
    throw new ScriptError("E_RECIPIENT", `${printable(file)} names nobody`, { hint: "write a line: ana age1…" });
  return { directory, file, text, readers };
}

/** Contents of a file, or undefined where there is none. */
export function contentsIn(path: string, system: System): Uint8Array | undefined {
  return system.stat(path) === null ? undefined : system.readFile(path);
}

/** Puts it there whole, through a link, with the mode that is there or that a new file gets. */
export async function put(path: string, contents: Uint8Array | string, system: System, mode?: number): Promise<void> {
  using place = system.place(path, { follow: true });
  await place.writeFile(typeof contents === "string" ? Buffer.from(contents) : contents, { mode });
}
