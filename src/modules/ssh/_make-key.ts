import { toBytes, toText } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import type { Inputs } from "../../engine/resource.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireParent } from "../_files/file.ts";
import { parseKeyLine } from "./_key.ts";
import { parsePrivateKey } from "./_private-key.ts";

interface Pair {
  readonly path: string;
  readonly passphrase?: Digest;
}

interface Kind {
  readonly type?: string | undefined;
  readonly bits?: number | undefined;
  readonly comment?: string | undefined;
  readonly owner?: string | undefined;
}

/** Made where nobody else may look, and put in its place whole. */
export async function makeKey(want: Pair, kind: Kind, target: System, inputs: Inputs): Promise<void> {
  requireParent(target, want.path);
  const directory = `/tmp/.sloth-runner-key-${crypto.randomUUID()}`;
  target.mkdir(directory, { mode: 0o700 });
  try {
    const { type = "ed25519", bits, comment, owner: whose } = kind;
    const length = bits === undefined || type === "ed25519" ? [] : ["-b", String(bits)];
    const said = comment === undefined ? [] : ["-C", comment];
    await keygen(["-t", type, ...length, ...said, "-f", `${directory}/key`], want, target, inputs);
    const owner = whose === undefined ? {} : { owner: whose };
    for (const [name, mode] of [
      ["", 0o600],
      [".pub", 0o644],
    ] as const) {
      using place = target.place(`${want.path}${name}`, { follow: true });
      await place.writeFile(target.readFile(`${directory}/key${name}`), { mode, ...owner });
    }
  } finally {
    await target.removeTree(directory);
  }
}

/** A passphrase goes by standard input, where it is asked for when there is no terminal. */
async function keygen(words: readonly string[], want: Pair, target: System, inputs: Inputs): Promise<void> {
  const phrase = want.passphrase === undefined ? undefined : toText(await inputs.read(want.passphrase));
  const isNew = words.includes("-t");
  const none = isNew ? ["-N", ""] : ["-P", ""];
  const argv: Argv = ["ssh-keygen", "-q", ...words, ...(phrase === undefined ? none : [])];
  const stdin = phrase === undefined ? undefined : `${phrase}\n${isNew ? `${phrase}\n` : ""}`;
  const env = { LC_ALL: "C", DISPLAY: null, SSH_ASKPASS: null, SSH_ASKPASS_REQUIRE: null };
  mustSucceed(argv, await target.run(argv, { env, stdin }));
}

export async function changeComment(want: Pair, comment: string, target: System, inputs: Inputs): Promise<void> {
  const directory = `/tmp/.sloth-runner-key-${crypto.randomUUID()}`;
  target.mkdir(directory, { mode: 0o700 });
  try {
    using place = target.place(want.path, { follow: true });
    await target.writeFile(`${directory}/key`, place.readFile(), { mode: 0o600 });
    await keygen(["-c", "-C", comment, "-f", `${directory}/key`], want, target, inputs);
    await place.writeFile(target.readFile(`${directory}/key`), {});
  } finally {
    await target.removeTree(directory);
  }
}

export async function writePublic(path: string, comment: string | undefined, target: System): Promise<void> {
  using file = target.look(path, { follow: true });
  const { type, blob } = parsePrivateKey(path, file.readFile()).public;
  const said = comment ?? publicLine(path, target)?.comment ?? "";
  using place = target.place(`${path}.pub`, { follow: true });
  const fresh =
    place.stat === null ? { mode: 0o644, owner: String(file.stat?.uid), group: String(file.stat?.gid) } : {};
  await place.writeFile(toBytes(`${[type, blob, said].filter((word) => word !== "").join(" ")}\n`), fresh);
}

export function publicLine(path: string, target: ReadSystem) {
  using file = target.look(`${path}.pub`, { follow: true });
  return file.stat?.type === "file" ? parseKeyLine(toText(file.readFile())) : null;
}
