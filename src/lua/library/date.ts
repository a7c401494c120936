/** C's broken-down time. */
export interface BrokenDown {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly min: number;
  readonly sec: number;
  /** 1: Sunday. */
  readonly wday: number;
  /** 1 to 366. */
  readonly yday: number;
  readonly isdst: boolean;
  /** Minutes east of UTC. */
  readonly offset: number;
  readonly zone: string;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAY_MS = 86_400_000;

/** Seconds since 1970 as a date here, or in UTC; undefined: no calendar reaches there. */
export function breakDown(seconds: number, utc: boolean): BrokenDown | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const offset = utc ? 0 : -date.getTimezoneOffset();
  // The wall clock, written as if it were UTC.
  const wall = new Date(date.getTime() + offset * 60_000);
  const year = wall.getUTCFullYear();
  const newYear = startOfYear(year);
  return {
    year,
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    min: wall.getUTCMinutes(),
    sec: wall.getUTCSeconds(),
    wday: wall.getUTCDay() + 1,
    yday: Math.floor((wall.getTime() - newYear) / DAY_MS) + 1,
    isdst: !utc && offset > winterOffset(year),
    offset,
    zone: utc ? "GMT" : zoneName(date),
  };
}

/** Seconds of a local date; fields out of their range carry over, as C's mktime has it. undefined: no calendar reaches there. */
export function secondsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  min: number,
  sec: number,
): number | undefined {
  const date = new Date(2000, 0, 1);
  date.setFullYear(year, month - 1, day);
  date.setHours(hour, min, sec, 0);
  const ms = date.getTime();
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}

function winterOffset(year: number): number {
  return -Math.max(new Date(year, 0, 1).getTimezoneOffset(), new Date(year, 6, 1).getTimezoneOffset());
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** C's strftime in the C locale; undefined: a conversion it does not have. */
export function formatDate(format: string, at: BrokenDown): string | undefined {
  let known = true;
  const text = format.replace(/%(?:E(?=[cCxXyY])|O(?=[deHImMSuUVwWy]))?([\s\S]?)/g, (_, letter: string) => {
    const conversion = CONVERSIONS[letter];
    known &&= conversion !== undefined;
    return conversion?.(at) ?? "";
  });
  return known ? text : undefined;
}

const two = (n: number): string => String(n).padStart(2, "0");
const hour12 = ({ hour }: BrokenDown): number => hour % 12 || 12;
const say = (format: string) => (at: BrokenDown) => formatDate(format, at) ?? "";

const CONVERSIONS: Readonly<Record<string, (at: BrokenDown) => string>> = {
  a: (at) => (DAYS[at.wday - 1] ?? "").slice(0, 3),
  A: (at) => DAYS[at.wday - 1] ?? "",
  b: (at) => (MONTHS[at.month - 1] ?? "").slice(0, 3),
  B: (at) => MONTHS[at.month - 1] ?? "",
  c: say("%a %b %e %H:%M:%S %Y"),
  C: (at) => two(Math.floor(at.year / 100)),
  d: (at) => two(at.day),
  D: say("%m/%d/%y"),
  e: (at) => String(at.day).padStart(2, " "),
  F: say("%Y-%m-%d"),
  g: (at) => two(isoWeek(at).year % 100),
  G: (at) => String(isoWeek(at).year),
  h: say("%b"),
  H: (at) => two(at.hour),
  I: (at) => two(hour12(at)),
  j: (at) => String(at.yday).padStart(3, "0"),
  m: (at) => two(at.month),
  M: (at) => two(at.min),
  n: () => "\n",
  p: (at) => (at.hour < 12 ? "AM" : "PM"),
  r: say("%I:%M:%S %p"),
  R: say("%H:%M"),
  S: (at) => two(at.sec),
  t: () => "\t",
  T: say("%H:%M:%S"),
  u: (at) => String(at.wday === 1 ? 7 : at.wday - 1),
  U: (at) => two(Math.floor((at.yday + 7 - at.wday) / 7)),
  V: (at) => two(isoWeek(at).week),
  w: (at) => String(at.wday - 1),
  W: (at) => two(Math.floor((at.yday + 6 - ((at.wday + 5) % 7)) / 7)),
  x: say("%m/%d/%y"),
  X: say("%H:%M:%S"),
  y: (at) => two(at.year % 100),
  Y: (at) => String(at.year),
  z: ({ offset }) => `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`,
  Z: (at) => at.zone,
  "%": () => "%",
};

/** The week of ISO 8601 is that of its Thursday. */
function isoWeek({ year, yday, wday }: BrokenDown): { readonly year: number; readonly week: number } {
  const thursday = new Date(startOfYear(year) + (yday - 1 + 3 - ((wday + 5) % 7)) * DAY_MS);
  const days = Math.floor((thursday.getTime() - startOfYear(thursday.getUTCFullYear())) / DAY_MS);
  return { year: thursday.getUTCFullYear(), week: Math.floor(days / 7) + 1 };
}
