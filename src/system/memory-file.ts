import fs from "node:fs";
import { SlothError } from "../base/errors.ts";

const PLACE = "/dev/shm";
/** f_type of tmpfs and ramfs. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
/** O_TMPFILE of Linux, which Node does not name: a file that never has a name. */
const O_TMPFILE = 0o20200000;

export interface MemoryFile extends Disposable {
  /** For a process that we start to be given. */
  readonly descriptor: number;
  read(): Uint8Array;
}

/** Contents in memory under no name, readable to nobody else: gone when it is let go of, or we end, however that happens. */
export function memoryFile(contents: Uint8Array): MemoryFile {
  const fd = openNameless();
  try {
    fs.writeFileSync(fd, contents);
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  return {
    descriptor: fd,
    read() {
      const bytes = Buffer.alloc(fs.fstatSync(fd).size);
      return new Uint8Array(bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0)));
    },
    [Symbol.dispose]: () => fs.closeSync(fd),
  };
}

function openNameless(): number {
  try {
    if (IN_MEMORY.has(fs.statfsSync(PLACE).type)) return fs.openSync(PLACE, O_TMPFILE | fs.constants.O_RDWR, 0o600);
  } catch (cause) {
    throw noMemory(cause);
  }
  throw noMemory(undefined);
}

function noMemory(cause: unknown): SlothError {
  return new SlothError("E_MEMORY_FILE", `${PLACE} is no file system in memory: clear text would go to a disk`, {
    hint: "set single values with sloth-runner secret set, or edit on a Linux with /dev/shm",
    cause,
  });
}
