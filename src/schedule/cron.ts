import { SlothError } from "../base/errors.ts";
import { markOf, type Schedule } from "./schedule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A file for /etc/cron.d. What the command prints goes where cron sends it. */
export function cronFile(schedule: Schedule): string {
  const command = schedule.argv.map(quote).join(" ");
  return `${markOf(schedule)}SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${cronTime(schedule.everyMs)} root ${command}
`;
}

/** cron repeats within an hour or a day, so only what divides these is every so often. */
export function cronTime(everyMs: number): string {
  const minutes = everyMs / MINUTE;
  const hours = everyMs / HOUR;
  if (everyMs === MINUTE) return "* * * * *";
  if (Number.isInteger(minutes) && minutes < 60 && 60 % minutes === 0) return `*/${minutes} * * * *`;
  if (everyMs === HOUR) return "7 * * * *";
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0) return `7 */${hours} * * *`;
  if (everyMs === DAY) return "7 3 * * *";
  throw new SlothError("E_SCHEDULE", "cron, which this machine has instead of systemd, knows no such interval", {
    hint: "it knows 1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h and 1d",
  });
}

/** For sh, and cron ends a command at a bare percent sign. */
function quote(word: string): string {
  const plain = /^[A-Za-z0-9_./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return plain.replaceAll("%", "\\%");
}
