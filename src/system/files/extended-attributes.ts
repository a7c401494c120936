import { SlothError } from "../../base/errors.ts";
import { libc, type Libc } from "../libc.ts";

const ACL = "system.posix_acl_access";
/** Made from the contents, so never right for others. */
const OF_CONTENTS: ReadonlySet<string> = new Set(["security.ima", "security.evm"]);

/**
 * Gives a file the ACL and extended attributes (SELinux label and capabilities among them) of another. Those that only a privilege
 * may set are left out without it. A file without any costs two system calls.
 */
export async function copyExtendedAttributes(from: string | Buffer, to: string | Buffer): Promise<void> {
  const c = await libc();
  if (c === null) return copyByCommand(from, to);
  const names = list(c, from);
  if (!names.includes(ACL) && list(c, to).includes(ACL)) c.lremovexattr(zeroEnded(to), zeroEnded(ACL));
  for (const name of names) {
    if (!OF_CONTENTS.has(name)) copyOne(c, from, to, name);
  }
}

/** Without foreign functions (a kernel policy against writable code, an unknown libc): by coreutils, where it is; 2 ms. */
export function copyByCommand(from: string | Buffer, to: string | Buffer): void {
  const cp = Bun.which("cp");
  if (cp === null) return;
  const [source, copy] = [from, to].map((path) => path.toString().replace("/proc/self/", `/proc/${process.pid}/`));
  if (source === undefined || copy === undefined || /[\u{fffd}\0]/u.test(source + copy)) return;
  Bun.spawnSync([cp, "--attributes-only", "--preserve=mode,xattr", source, copy], {
    stdout: "ignore",
    stderr: "ignore",
  });
}

function list(c: Libc, path: string | Buffer): readonly string[] {
  const found = sized((buffer) => c.llistxattr(zeroEnded(path), buffer, buffer.length));
  return found === null
    ? []
    : found
        .toString("latin1")
        .split("\0")
        .filter((name) => name !== "");
}

function copyOne(c: Libc, from: string | Buffer, to: string | Buffer, name: string): void {
  const value = sized((buffer) => c.lgetxattr(zeroEnded(from), zeroEnded(name), buffer, buffer.length));
  if (value === null) return;
  const done = c.lsetxattr(zeroEnded(to), zeroEnded(name), value, value.length, 0);
  if (done === 0 || /^(security|trusted)\./.test(name)) return;
  throw new SlothError("E_IO", `cannot keep the extended attribute ${name} of the file that is replaced`);
}

/** What a call wrote into a buffer that was large enough; null when it failed. The kernel's limit is 64 KiB. */
function sized(call: (buffer: Buffer) => number): Buffer | null {
  for (const size of [1024, 65536]) {
    const buffer = Buffer.alloc(size);
    const length = call(buffer);
    if (length >= 0) return buffer.subarray(0, length);
  }
  return null;
}

function zeroEnded(text: string | Buffer): Buffer {
  return Buffer.concat([typeof text === "string" ? Buffer.from(text, "latin1") : text, ZERO]);
}

const ZERO = Buffer.of(0);
