import type { HostEntry } from "../engine/hosts.ts";
import { SlothError } from "../base/errors.ts";
import enter from "./enter.sh" with { type: "text" };
import script from "./clean.sh" with { type: "text" };
import { LineFirst } from "./lines.ts";
import { throughSsh, type ThroughOptions } from "./ssh.ts";

/** A host has a handful of builds: their names are far less than this. */
const LINES_BYTES = 1 << 20;

/** Removes every build of ours from a host; answers their paths there. */
export function cleanHost(entry: HostEntry, options: ThroughOptions): Promise<readonly string[]> {
  return throughSsh(entry, options, async (pipe) => {
    const lines = new LineFirst(pipe.incoming, LINES_BYTES);
    const removed: string[] = [];
    await pipe.write(new TextEncoder().encode(enter + script));
    for (let line = await lines.line(); line !== "sloth-clean"; line = await lines.line()) {
      if (line === undefined) throw new SlothError("E_HOST_LOST", `${entry.name}: the connection ended before the end`);
      if (line.startsWith("sloth-removed ")) removed.push(line.slice(14));
    }
    pipe.end();
    await pipe.exited;
    return removed;
  });
}
