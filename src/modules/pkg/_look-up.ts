import type { ReadSystem } from "../../system/system.ts";
import { refuseGuess } from "../_kit/paths.ts";
import { fullVersion } from "./_index.ts";
import { readPackage, type PackageFacts } from "./_package.ts";

/** A package as it is, in plan as it was predicted to be; null when it is not installed. */
export async function lookUp(name: string, target: ReadSystem): Promise<PackageFacts | null> {
  const predicted = target.predicted("package", name) as PackageFacts | null | undefined;
  if (predicted !== undefined) return predicted === null ? null : inFull(name, predicted, target);
  const want = { name, state: "present", version: null, updateCache: false, lockTimeoutMs: 0 } as const;
  const found = await readPackage(want, target);
  if (found?.status === "installed") return found;
  refuseGuess(target);
  return null;
}

/** A version that is only planned is as it was asked for; the index has it whole. */
async function inFull(name: string, planned: PackageFacts, target: ReadSystem): Promise<PackageFacts> {
  const { version } = planned;
  return version === undefined ? planned : { ...planned, version: await fullVersion(name, version, target) };
}
