/** The five fields of crontab(5), in their order, with what each may hold. */
export const FIELDS = ["minute", "hour", "day", "month", "weekday"] as const;

const LIMITS: { readonly [field in (typeof FIELDS)[number]]: readonly [low: number, high: number] } = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  month: [1, 12],
  weekday: [0, 7],
};

const NAMES: { readonly [field: string]: readonly string[] } = {
  month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

export const SPECIAL = ["reboot", "yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"] as const;

/** What is wrong with a field, in one sentence; undefined: cron takes it. */
export function fieldMistake(field: (typeof FIELDS)[number], text: string): string | undefined {
  const wrong = text.split(",").find((part) => !isPart(field, part));
  if (wrong === undefined) return undefined;
  const [low, high] = LIMITS[field];
  const named = NAMES[field] === undefined ? "" : `, or a name such as ${NAMES[field][1]}`;
  const whole = wrong === text ? "" : ` in '${text}'`;
  return `'${field}' is '${wrong}'${whole}, expected *, ${low} to ${high}${named}, a list, a range or a step such as */5`;
}

/** `*`, a value, `a-b`, `a~b` of cronie, each with `/step`. */
function isPart(field: (typeof FIELDS)[number], part: string): boolean {
  const [, range = "", step] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
  if (step !== undefined && (Number(step) === 0 || !/[-~*]/.test(range))) return false;
  if (range === "*") return true;
  const random = /^(\w*)~(\w*)$/.exec(range);
  if (random !== null) return random.slice(1).every((end) => end === "" || valueOf(field, end) !== undefined);
  const ends = range.split("-").map((end) => valueOf(field, end));
  const [from, to = from] = ends;
  return ends.length <= 2 && from !== undefined && to !== undefined && !ends.includes(undefined) && from <= to;
}

function valueOf(field: (typeof FIELDS)[number], text: string): number | undefined {
  const [low, high] = LIMITS[field];
  const named = NAMES[field]?.indexOf(text.toLowerCase()) ?? -1;
  if (named !== -1) return named + low;
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  return number >= low && number <= high ? number : undefined;
}
