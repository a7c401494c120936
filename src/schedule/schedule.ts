import { SlothError } from "../base/errors.ts";
import { printablePath } from "../base/path-text.ts";

/** What is done again and again, as it is written into the first line of every file that makes it happen. */
export interface Schedule {
  readonly name: string;
  /** As given: "30m". */
  readonly every: string;
  readonly everyMs: number;
  readonly stack: string;
  /** Only looks: `stack drift`. Otherwise `run`. */
  readonly driftOnly: boolean;
  /** Absolute. */
  readonly file: string;
  /** Absolute. */
  readonly database: string;
  /** The whole command line, its program first and absolute. */
  readonly argv: readonly string[];
  /** systemd unit started when it fails; without one, ours. */
  readonly onFailure: string | undefined;
}

export const PREFIX = "sloth-runner-";
const MARK = "# Made by `sloth-runner schedule add`, and removed by `schedule remove`: ";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new SlothError("E_SCHEDULE", `${JSON.stringify(name)} cannot be the name of a schedule`, {
    hint: "give another with --name: letters, digits, dashes and underscores",
  });
}

/**
 * Refuses what a file of cron or systemd would take for lines of its own: a control character in any text, whoever named the directory
 * it comes from; and what is no name of a unit.
 */
export function checkSchedule(schedule: Schedule): void {
  checkName(schedule.name);
  const { stack, file, database, argv, onFailure } = schedule;
  const texts = [stack, file, database, ...argv];
  const odd = texts.find((text) => CONTROL.test(text));
  if (odd !== undefined)
    throw new SlothError("E_SCHEDULE", `${printablePath(odd)} has a control character, which no schedule can hold`, {
      hint: "rename what has it in its name",
    });
  if (onFailure === undefined || UNIT.test(onFailure)) return;
  throw new SlothError("E_SCHEDULE", `${printablePath(onFailure)} cannot be the name of a unit`);
}

const CONTROL = /[\0-\x1f\x7f]/;
const UNIT = /^[A-Za-z0-9:_.\\@%-]+\.[a-z]+$/;

/** The first line of a file that we make. */
export function markOf(schedule: Schedule): string {
  return `${MARK}${JSON.stringify(schedule)}\n`;
}

/** The schedule that a file was made for; null when the file is not ours. */
export function readMark(text: string): Schedule | null {
  const line = text.slice(0, text.indexOf("\n"));
  if (!line.startsWith(MARK)) return null;
  const value: unknown = JSON.parse(line.slice(MARK.length));
  return isSchedule(value) ? value : null;
}

function isSchedule(value: unknown): value is Schedule {
  if (typeof value !== "object" || value === null) return false;
  const texts = ["name", "every", "stack", "file", "database"];
  const fields = new Map(Object.entries(value));
  return texts.every((field) => typeof fields.get(field) === "string") && Array.isArray(fields.get("argv"));
}
