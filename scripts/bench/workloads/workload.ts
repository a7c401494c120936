import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../../../test/lab/host.ts";
import type { Command } from "../measure.ts";
import type { Script, Tool } from "../tools/tool.ts";

/** One row of the results: a tool at a piece of work. `group` is what is compared with each other. */
export interface Entry {
  readonly group: string;
  readonly tool: string;
  readonly command: Command;
}

/** What there is to measure, and with what. */
export interface Bench {
  /** The compiled program, and the bare one of bare.ts. */
  readonly program: string;
  readonly bare: string;
  readonly peers: readonly Tool[];
  /** A peer whose one run would take longer is left out. */
  readonly mostSeconds: number;
  /** A real host to put packages, users and units on; throws where there cannot be one. */
  host(): Promise<LabHost>;
  /** What is not measured, and why. */
  leaveOut(what: string): void;
}

/** A piece of work: made when its turn comes, in a directory that is removed after it. */
export interface Workload {
  readonly name: string;
  readonly where: "memory" | "disk" | "host";
  /** Left out by --quick. */
  readonly long?: boolean;
  entries(directory: string, bench: Bench): readonly Entry[] | Promise<readonly Entry[]>;
}

export const OURS = "sloth-runner";
export const BARE = "bare Bun";

export function written(directory: string, { name, text, mode = 0o644 }: Script): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode });
  return path;
}
