import type { ReadSystem } from "../../system/system.ts";
import { fullVersion, offerOf } from "./_index.ts";
import type { Request } from "./_manager.ts";
import { managerOf } from "./_managers.ts";

/**
 * In plan, a package that is absent may come with one that was planned before it, as what that needs: its version then, else undefined.
 * Those asked for are kept with the queries, which nothing empties while nothing is done.
 */
export async function comesAlong(request: Request, target: ReadSystem): Promise<string | undefined> {
  const asked = await target.cached("pkg.asked", async () => new Map<string, Request>());
  const planned = [...asked.values()].filter(({ name }) => isPlanned(name, target));
  if (planned.length > 0 && target.predicted("package", request.name) === undefined) {
    const manager = await managerOf(target);
    if ((await manager.wouldInstall(planned, target)).includes(request.name))
      return (await offerOf(manager, request.name, target)).versions[0];
  }
  const { name, version } = request;
  asked.set(name, version === undefined ? request : { name, version: await fullVersion(name, version, target) });
  return undefined;
}

function isPlanned(name: string, target: ReadSystem): boolean {
  const predicted = target.predicted("package", name);
  return predicted !== undefined && predicted !== null;
}
