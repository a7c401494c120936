import { resolve } from "node:path";
import { printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { HostPort, OpenFile, OpenMode } from "../../lua/library/machine-port.ts";
import type { HostCall, ThreadScope } from "../../lua/vm/types.ts";
import type { Files } from "../files/files.ts";
import type { Host } from "../host.ts";
import { luaPort, notCode } from "./lua-port.ts";
import { notSeekable } from "../files/open-file.ts";
import { Errno } from "../system-error.ts";

type Call = HostCall<ThreadScope>;
export type CannotPredict = (what: string, call: Call) => void;

/** While a file is smaller than this, the plan knows it after every write, else when it is closed. */
const SMALL = 1 << 20;

/**
 * This machine for Lua's own `io` and `os` in plan and check: it is read as the plan predicts it, and what would change it is told
 * instead. `host` is in plan mode.
 */
export function plannedLuaPort(host: Host, cannotPredict: CannotPredict): HostPort {
  const notRun = (command: string): never => {
    const what = `\`${printablePath(command)}\` is only run by a run`;
    throw new SlothError("E_UNKNOWN", what);
  };
  const real = luaPort(host);
  return {
    ...real,
    open(path, mode, call) {
      const file = resolve(path);
      if (mode === "r") return isDevice(host.files, file) ? real.open(file, mode, call) : openToRead(host.files, file);
      return openToWrite(host.files, file, mode, call).then((opened) => {
        cannotPredict(`${printablePath(path)} would be written`, call);
        return opened;
      });
    },
    popen: (command) => notRun(command),
    execute: (command) => notRun(command),
    remove(path, call) {
      using place = host.files.place(resolve(path), false, "remove");
      place.unlink();
      cannotPredict(`${printablePath(path)} would be removed`, call);
    },
    rename(from, to, call) {
      host.files.rename(resolve(from), resolve(to));
      cannotPredict(`${printablePath(from)} would be renamed to ${printablePath(to)}`, call);
    },
    temporaryName: () => `/tmp/lua_${crypto.randomUUID().slice(0, 8)}`,
    source(path) {
      if (isDevice(host.files, path)) throw notCode(path);
      return host.files.stat(path)?.type === "file" ? host.files.readFile(path) : undefined;
    },
  };
}

function isDevice(files: Files, path: string): boolean {
  const type = files.stat(path)?.type;
  return type !== undefined && type !== "file" && type !== "directory";
}

function openToRead(files: Files, path: string): OpenFile {
  if (files.stat(path)?.type === "directory") return unreadable;
  const file = new PlannedFile(files.readFile(path), refuseWrite);
  return {
    read: (max) => file.read(max),
    write: refuseWrite,
    seek: (offset, from) => file.seek(offset, from),
    close: () => undefined,
  };
}

/** C opens a directory, and fails when it reads. */
const unreadable: OpenFile = {
  read: () => {
    throw new Errno("EISDIR");
  },
  write: refuseWrite,
  seek: () => 0,
  close: () => undefined,
};

function refuseRead(): never {
  throw new Errno("EBADF");
}

function refuseWrite(): never {
  throw new Errno("EBADF");
}

async function openToWrite(files: Files, path: string, mode: OpenMode, { scope }: Call): Promise<OpenFile> {
  if (isDevice(files, path)) return discarding;
  if (files.stat(path)?.type === "directory") throw new Errno("EISDIR");
  const isNew = files.stat(path) === null && mode !== "r+";
  const old = isNew || mode.startsWith("w") ? new Uint8Array() : files.readFile(path);
  const real = files.realPath(path) ?? path;
  const keep = async (bytes: Uint8Array): Promise<void> => {
    using place = files.place(real, false, "write");
    await place.writeFile(bytes, { ...asItIs, signal: scope.signal });
  };
  if (isNew || mode.startsWith("w")) await keep(old);
  const file = new PlannedFile(old, keep, mode.startsWith("a"));
  return mode.endsWith("+") ? file : Object.assign(file, { read: refuseRead });
}

const asItIs = {
  mode: undefined,
  uid: undefined,
  gid: undefined,
  digest: undefined,
  key: undefined,
  backup: false,
  validate: undefined,
};

/** What a device would have been told. */
const discarding: OpenFile = {
  read: () => new Uint8Array(),
  write: () => undefined,
  seek: notSeekable,
  close: () => undefined,
};

class PlannedFile implements OpenFile {
  readonly #keep: (bytes: Uint8Array) => Promise<void>;
  readonly #appends: boolean;
  #bytes: Buffer;
  #size: number;
  #position = 0;
  #kept = true;

  constructor(bytes: Uint8Array, keep: (bytes: Uint8Array) => Promise<void>, appends = false) {
    this.#bytes = Buffer.from(bytes);
    this.#size = bytes.length;
    this.#keep = keep;
    this.#appends = appends;
  }

  read(max: number): Uint8Array {
    const piece = this.#bytes.subarray(this.#position, Math.min(this.#position + max, this.#size));
    this.#position += piece.length;
    return Buffer.from(piece);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const at = this.#appends ? this.#size : this.#position;
    const end = at + bytes.length;
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], Math.max(end, this.#bytes.length * 2));
    this.#bytes.set(bytes, at);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
    this.#kept = false;
    if (this.#size <= SMALL) await this.#flush();
  }

  seek(offset: number, from: "set" | "cur" | "end"): number {
    const start = from === "set" ? 0 : from === "cur" ? this.#position : this.#size;
    if (start + offset < 0) throw new Errno("EINVAL");
    this.#position = start + offset;
    return this.#position;
  }

  async close(): Promise<undefined> {
    if (!this.#kept) await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#keep(Buffer.from(this.#bytes.subarray(0, this.#size)));
    this.#kept = true;
  }
}
