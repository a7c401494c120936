import { normalPath } from "../../base/path.ts";
import type { Argv, CommandOptions, ReadSystem } from "../../system/system.ts";
import { isThere, refuseGuess } from "../_kit/paths.ts";
import type { RunWant } from "./want.ts";

/** creates, removes, unless, onlyif: evaluated in plan too, where what earlier steps would do may leave no answer. */
export async function isNeeded(want: RunWant, target: ReadSystem): Promise<boolean> {
  if (want.creates !== null && isThere(below(want.cwd, want.creates), target)) return false;
  if (want.removes !== null && !isThere(below(want.cwd, want.removes), target)) return false;
  if (want.unless !== null && (await succeeds(want.unless, want, target))) return false;
  return want.onlyif === null || (await succeeds(want.onlyif, want, target));
}

/** Where and as whom the command and its guards run. Guards do not get secrets. */
export function placeOf(want: RunWant): CommandOptions {
  const plain = Object.entries(want.env).flatMap(([name, item]) =>
    "text" in item ? [[name, item.text] as const] : [],
  );
  return { cwd: want.cwd ?? undefined, user: want.user ?? undefined, env: Object.fromEntries(plain) };
}

async function succeeds(argv: Argv, want: RunWant, target: ReadSystem): Promise<boolean> {
  refuseGuess(target);
  return (await target.query(argv, placeOf(want))).exitCode === 0;
}

function below(directory: string | null, path: string): string {
  return normalPath(path.startsWith("/") ? path : `${directory ?? ""}/${path}`);
}
