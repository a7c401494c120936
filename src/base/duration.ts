/** Milliseconds of `"1m30s"`, `"500ms"` or a number of seconds; undefined when it is none. */
export function durationMs(input: unknown): number | undefined {
  if (typeof input === "number") return Number.isFinite(input) && input >= 0 ? Math.round(input * 1000) : undefined;
  if (typeof input !== "string") return undefined;
  if (/^\d+(\.\d+)?$/.test(input)) return Math.round(Number(input) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(input)) return undefined;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const parts = input.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0));
}

/** The runtime's timers go off at once when they are set to more than this: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A time that a timer can be set to. */
export function timerMs(ms: number): number {
  return Math.min(ms, LONGEST_TIMER_MS);
}
