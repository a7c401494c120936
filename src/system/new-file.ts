import fs from "node:fs";
import { dirname } from "node:path";
import { attempt, errnoOf, systemError } from "./system-error.ts";

/** Writes a file that is not there yet, in a directory that is made; false: something of that name is there, and was left alone. */
export function writeNewFile(path: string, text: string): boolean {
  attempt("make", dirname(path), () => fs.mkdirSync(dirname(path), { recursive: true }));
  let fd: number;
  try {
    fd = fs.openSync(path, "wx", 0o644);
  } catch (thrown) {
    if (errnoOf(thrown) === "EEXIST") return false;
    throw systemError(thrown, "write", path);
  }
  try {
    fs.writeFileSync(fd, text);
    return true;
  } catch (thrown) {
    fs.unlinkSync(path); // none of it, rather than half
    throw systemError(thrown, "write", path);
  } finally {
    fs.closeSync(fd);
  }
}
