import { SlothError } from "../../base/errors.ts";
import type { Look } from "../../system/system.ts";

/**
 * What a file that we edit for a user holds, as he could read it; nothing of what is no file. Root's eyes are not the user's: he could have
 * moved anything of his directory here, and would read it in what we write.
 */
export function contentsFor(uid: number, file: Look): Uint8Array {
  const { stat, path } = file;
  if (stat?.type !== "file") return new Uint8Array();
  if (stat.uid === uid || (stat.mode & OTHERS_READ) !== 0) return file.readFile();
  throw new SlothError("E_ACCESS", `${path} belongs to uid ${stat.uid}, and is not for uid ${uid} to read`, {
    hint: "give it to its user, or remove it; sshd reads it as that user",
  });
}

const OTHERS_READ = 0o004;
