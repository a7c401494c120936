import { SlothError } from "../../base/errors.ts";
import { parentOf } from "../../base/path.ts";
import { errnoOf } from "../system-error.ts";
import { moverThrough } from "./walk.ts";

/** So many directories are remembered. */
const MOST = 4096;
/** Made by the kernel as they are asked for: their links lead where no path does. */
const KERNELS = /^\/(?:proc|dev\/fd)\/|^\/dev\/std(?:in|out|err)$/;

const own = new Set<string>();

/** There is no way to judge but the kernel's. */
export function isKernels(path: string): boolean {
  return process.platform !== "linux" || KERNELS.test(path);
}

/** Whether nobody but root and we can lead a path elsewhere before its last name, so that the kernel's way there is right. */
export function isOwnWay(path: string): boolean {
  return isOwnDirectory(parentOf(path));
}

/** The same for the way into a directory. Remembered, since all its names share the answer, until `forgetOwnWays`. */
export function isOwnDirectory(directory: string): boolean {
  if (own.has(directory)) return true;
  if (!isOwn(directory)) return false;
  if (own.size >= MOST) own.clear();
  own.add(directory);
  return true;
}

/** Owners or rights of directories may have changed. */
export function forgetOwnWays(): void {
  own.clear();
}

/** Where there is no way, or one that is refused, it is for who goes it to say so. */
function isOwn(directory: string): boolean {
  try {
    return moverThrough(directory) === "nobody";
  } catch (error) {
    if (error instanceof SlothError || errnoOf(error) !== undefined) return false;
    throw error;
  }
}
