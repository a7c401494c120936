import fs from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../base/digest.ts";
import { decodeValue, encodeValue, isObject, type Value } from "../../base/value.ts";
import { errnoOf } from "../system-error.ts";
import type { Child } from "./children.ts";
import { isAtWork, isRunning, processIdentity, type ProcessIdentity } from "./process-identity.ts";

const NOTE = "at-work-";

/** A command that an agent left at work when it was killed. */
export interface Left {
  readonly pid: number;
  readonly program: string;
}

/**
 * Where an agent, which has no record, notes the commands that it has at work: one file each, gone with the command. An agent that comes later for
 * the same stack finds what one that was killed has left.
 */
export class AtWork {
  private readonly directory: string;
  private readonly own = processIdentity(process.pid);
  private prefix: string | undefined;

  /** The directory is ours alone; made when something is noted. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** From now on commands are of that stack; answers what was left of it and is still at work. Forgets what has ended, whatever stack's it was. */
  begin(stack: string): readonly Left[] {
    const prefix = `${NOTE}${digestOf(stack).slice(7, 23)}-`;
    this.prefix = prefix;
    return this.names().flatMap((name) => {
      const left = this.left(join(this.directory, name));
      return left !== undefined && name.startsWith(prefix) ? [left] : [];
    });
  }

  private left(path: string): Left | undefined {
    const note = readNote(path);
    if (note !== undefined && isRunning(note.agent)) return undefined;
    if (note !== undefined && isAtWork(note.child)) return { pid: note.child.pid, program: note.program };
    fs.rmSync(path, { force: true });
    return undefined;
  }

  /** Nothing that cannot be noted is kept from its work. */
  note({ identity, program, finished }: Child): void {
    if (this.prefix === undefined || identity === null || this.own === null) return;
    const path = join(this.directory, `${this.prefix}${identity.pid}-${identity.startTicks}`);
    try {
      fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      fs.writeFileSync(path, encodeValue({ child: { ...identity }, agent: { ...this.own }, program }), { mode: 0o600 });
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return;
    }
    void finished.then(() => fs.rmSync(path, { force: true }));
  }

  private names(): readonly string[] {
    try {
      return fs.readdirSync(this.directory).filter((name) => name.startsWith(NOTE));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return [];
    }
  }
}

interface Note {
  readonly child: ProcessIdentity;
  readonly agent: ProcessIdentity;
  readonly program: string;
}

/** undefined: it was cut short, or is gone. */
function readNote(path: string): Note | undefined {
  try {
    const note = decodeValue(fs.readFileSync(path, "utf8"));
    if (!isObject(note)) return undefined;
    const [child, agent, program] = [identityIn(note["child"]), identityIn(note["agent"]), note["program"]];
    if (child === undefined || agent === undefined || typeof program !== "string") return undefined;
    return { child, agent, program };
  } catch (error) {
    if (!(error instanceof SyntaxError) && errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function identityIn(value: Value | undefined): ProcessIdentity | undefined {
  if (!isObject(value)) return undefined;
  const { pid, startTicks, boot } = value;
  if (typeof pid !== "number" || typeof startTicks !== "number" || typeof boot !== "string") return undefined;
  return { pid, startTicks, boot };
}
