import fs from "node:fs";
import { childEnvironment } from "../processes/environment.ts";
import { SlothError } from "../../base/errors.ts";
import { libc, type Libc } from "../libc.ts";

const ACL = "system.posix_acl_access";
const DEFAULT_ACL = "system.posix_acl_default";
/** Made from the contents, so never right for others. */
const OF_CONTENTS: ReadonlySet<string> = new Set(["security.ima", "security.evm"]);
/** Rights, which go with the owner who gave them; labels and what programs note stay with the name. */
const RIGHTS: ReadonlySet<string> = new Set([ACL, DEFAULT_ACL, "security.capability"]);

/**
 * Gives a file the ACL and extended attributes (SELinux label and capabilities among them) of another. Those that only a privilege
 * may set are left out without it, the rights when it has another owner. Both by /proc/self/fd. A file without any costs two system calls.
 */
export function copyExtendedAttributes(from: string, to: string, isOwnerKept: boolean): void {
  const c = libc();
  if (c === null) return isOwnerKept ? copyByCommand(from, to) : undefined;
  const names = list(c, from).filter((name) => isOwnerKept || !RIGHTS.has(name));
  if (!names.includes(ACL) && list(c, to).includes(ACL)) c.removexattr(zeroEnded(to), zeroEnded(ACL));
  for (const name of names) {
    if (!OF_CONTENTS.has(name)) copyOne(c, from, to, name);
  }
}

/** Without foreign functions (a kernel policy against writable code, an unknown libc): by coreutils, where it is; 2 ms. */
export function copyByCommand(from: string, to: string): void {
  byCommand("cp", ["--attributes-only", "--preserve=mode,xattr"], [from, to]);
}

/**
 * Takes the ACL off what is held open, a directory's also for what will be made in it. The group then has what the ACL gave to it alone: by
 * the mode it would have what the ACL let any.
 */
export function dropAcl(held: string, isDirectory: boolean): void {
  const c = libc();
  if (c === null) return byCommand("setfacl", ["-b"], [held]);
  const names = list(c, held);
  if (isDirectory && names.includes(DEFAULT_ACL)) c.removexattr(zeroEnded(held), zeroEnded(DEFAULT_ACL));
  if (!names.includes(ACL)) return;
  const group = groupRights(value(c, held, ACL));
  c.removexattr(zeroEnded(held), zeroEnded(ACL));
  const mode = fs.statSync(held).mode & 0o7777;
  if (group !== undefined) fs.chmodSync(held, (mode & ~0o070) | (group << 3));
}

const HEADER = 4;
const ENTRY = 8;
const GROUP = 0x04;

/** Of the owning group, in the kernel's form of an ACL: a version, then tag, rights and id of each entry. */
function groupRights(acl: Buffer | null): number | undefined {
  if (acl === null) return undefined;
  for (let i = HEADER; i + ENTRY <= acl.length; i += ENTRY) {
    if (acl.readUInt16LE(i) === GROUP) return acl.readUInt16LE(i + 2) & 7;
  }
  return undefined;
}

/** Where the program is: what is held open goes by our number, as ours are not its own. */
function byCommand(program: string, options: readonly string[], held: readonly string[]): void {
  const command = Bun.which(program);
  if (command === null) return;
  const paths = held.map((path) => path.replace("/proc/self/", `/proc/${process.pid}/`));
  Bun.spawnSync([command, ...options, ...paths], { stdout: "ignore", stderr: "ignore", env: childEnvironment() });
}

function list(c: Libc, path: string): readonly string[] {
  const found = sized((buffer) => c.listxattr(zeroEnded(path), buffer, buffer.length));
  return found === null
    ? []
    : found
        .toString("latin1")
        .split("\0")
        .filter((name) => name !== "");
}

function copyOne(c: Libc, from: string, to: string, name: string): void {
  const found = value(c, from, name);
  if (found === null) return;
  const done = c.setxattr(zeroEnded(to), zeroEnded(name), found, found.length, 0);
  if (done === 0 || /^(security|trusted)\./.test(name)) return;
  throw new SlothError("E_IO", `cannot keep the extended attribute ${name} of the file that is replaced`);
}

function value(c: Libc, path: string, name: string): Buffer | null {
  return sized((buffer) => c.getxattr(zeroEnded(path), zeroEnded(name), buffer, buffer.length));
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

function zeroEnded(text: string): Buffer {
  return Buffer.concat([Buffer.from(text, "latin1"), ZERO]);
}

const ZERO = Buffer.of(0);
