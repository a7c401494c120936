import fs from "node:fs";
import { errnoOf } from "../system-error.ts";

/** Descriptors that are open all the while, and those that one child holds. */
const OWN = 14;
const EACH = 6;
/** Where it cannot be asked for: the default of macOS. */
const USUAL_LIMIT = 256;

/** Lets no more children run at once than there are descriptors for; the others wait in order. */
export class ChildSlots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(openFiles: number = openFilesLimit()) {
    this.free = Math.max(1, Math.floor((openFiles - OWN) / EACH));
  }

  async take(): Promise<Disposable> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    return { [Symbol.dispose]: () => this.release() };
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free++;
    else next();
  }
}

function openFilesLimit(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(fs.readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? USUAL_LIMIT : Number(limit);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return USUAL_LIMIT;
  }
}
