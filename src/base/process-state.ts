import { readFileSync } from "node:fs";

/** A process as the kernel tells it; a zombie is one too. See proc_pid_stat(5). */
export interface ProcessState {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** When it started, in ticks since boot: together with its number it names one process. */
  readonly startTicks: number;
}

/** null: there is no such process, or no /proc. The name in it may hold blanks and brackets, so fields are counted from its last bracket. */
export function processState(pid: number): ProcessState | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: Number(fields[19]),
  };
}

export function isEnded({ state }: ProcessState): boolean {
  return state === "Z" || state === "X";
}

let boot: string | undefined;

/** The kernel's name for this boot, "" where nobody says; containers of one machine share it. */
export function bootId(): string {
  boot ??= readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  return boot;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
