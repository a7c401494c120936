/** `2026-01-02 04:04:05 +01:00`, for people: as the clock here shows it, with its distance from UTC. Documents have UTC. */
export function shownTime(iso: string | null | undefined): string | null {
  if (iso === null || iso === undefined) return null;
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `${day} ${clock} ${zone(-time.getTimezoneOffset())}`;
}

function zone(minutes: number): string {
  if (minutes === 0) return "UTC";
  const far = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(far / 60))}:${two(far % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
