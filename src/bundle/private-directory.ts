import { SlothError } from "../base/errors.ts";
import { isRunning, processIdentity } from "../system/processes/process-identity.ts";
import type { System } from "../system/system.ts";

const PREFIX = "sloth-runner-bundle-";

/** A directory that nobody else may enter, in the first place where one can be made: nothing here has to be executable or large. */
export async function privateDirectory(system: System): Promise<string> {
  const places = [system.env("TMPDIR"), "/tmp", "/var/tmp", "/run", "/dev/shm"].filter((place) => place !== undefined);
  const name = `${PREFIX}${ownMark(system)}-${crypto.randomUUID()}`;
  let refused: unknown;
  for (const place of places) {
    try {
      system.mkdir(`${place}/${name}`, { mode: 0o700 });
    } catch (error) {
      refused = error;
      continue;
    }
    await removeLeftovers(place, system);
    return `${place}/${name}`;
  }
  throw new SlothError(
    "E_BUNDLE",
    `a bundle needs a place for its files, and none of ${places.join(", ")} is writable`,
    {
      hint: "set TMPDIR to a directory that is",
      cause: refused,
    },
  );
}

/** What killed ones have left there; only of this boot and this container, whose processes can be told from others'. */
async function removeLeftovers(place: string, system: System): Promise<void> {
  const here = surroundings(system);
  for (const name of system.list(place)) {
    const [, pid, startTicks, where] = LEFTOVER.exec(name) ?? [];
    if (where === undefined || where !== here) continue;
    const identity = processIdentity(process.pid);
    if (identity === null || isRunning({ ...identity, pid: Number(pid), startTicks: Number(startTicks) })) continue;
    const stat = system.lstat(`${place}/${name}`);
    if (stat?.type === "directory" && stat.uid === system.euid) await system.removeTree(`${place}/${name}`);
  }
}

const LEFTOVER = new RegExp(`^${PREFIX}(\\d+)-(\\d+)-([0-9a-f]+)-[0-9a-f-]{36}$`);

function ownMark(system: System): string {
  const own = processIdentity(process.pid);
  return `${process.pid}-${own?.startTicks ?? 0}-${surroundings(system)}`;
}

/** This boot, and the numbering of processes that we are in. */
function surroundings(system: System): string {
  const identity = processIdentity(process.pid);
  if (identity === null) return "0";
  return system.digestOf(`${identity.boot} ${system.readLink("/proc/self/ns/pid")}`).slice("sha256:".length, 24);
}
