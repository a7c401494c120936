export const ACTIONS = ["allow", "deny", "reject", "limit"] as const;
export type Action = (typeof ACTIONS)[number];
export const DIRECTIONS = ["in", "out", "forward"] as const;
export const PROTOCOLS = ["any", "tcp", "udp", "icmp", "esp", "ah", "gre"] as const;

/** What a rule is about; what is done with it is its action. Every part is in its one form. */
export type Match = {
  readonly direction: (typeof DIRECTIONS)[number];
  readonly proto: (typeof PROTOCOLS)[number];
  /** `22`, `80,443,8000:8010`; "any". */
  readonly port: string;
  readonly from: string;
  readonly from_port: string;
  readonly to: string;
  /** By which it comes, and of what goes out by which it goes; "any". */
  readonly interface: string;
  /** By which what is forwarded goes. */
  readonly out_interface: string;
};

export type Rule = Match & { readonly action: Action; readonly comment?: string | undefined };

/** By this a rule is found: two rules with one name are one, whatever they do. */
export function ruleName({ direction, proto, port, from, from_port, to, interface: by, out_interface }: Match): string {
  const words = [direction, proto, port, "from", from];
  if (from_port !== "any") words.push("port", from_port);
  words.push("to", to);
  if (by !== "any") words.push("on", by);
  if (out_interface !== "any") words.push("out", out_interface);
  return words.join(" ");
}

/** null: it is no such name. */
export function matchOf(name: string): Match | null {
  const [, direction, proto, port, from, fromPort, to, by, out] = NAME.exec(name) ?? [];
  const known = DIRECTIONS.find((each) => each === direction);
  const protocol = PROTOCOLS.find((each) => each === proto);
  if (known === undefined || protocol === undefined || port === undefined || from === undefined || to === undefined)
    return null;
  return {
    direction: known,
    proto: protocol,
    port,
    from,
    from_port: fromPort ?? "any",
    to,
    interface: by ?? "any",
    out_interface: out ?? "any",
  };
}

const NAME = /^(\S+) (\S+) (\S+) from (\S+)(?: port (\S+))? to (\S+)(?: on (\S+))?(?: out (\S+))?$/;

export function actionOf(text: unknown): Action | undefined {
  return ACTIONS.find((each) => each === text);
}

/** Ports in their one form, by number; undefined: they are none. */
export function canonicalPorts(given: string | number | readonly (string | number)[]): string | undefined {
  const parts = (typeof given === "object" ? given : [given]).flatMap((part) => String(part).split(","));
  if (parts.length === 1 && parts[0] === "any") return "any";
  const ranges = parts.map((part) => {
    const [, low, high = low] = /^(\d{1,5})(?:[:-](\d{1,5}))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(low), Number(high)];
    return from >= 1 && from <= to && to <= 65_535 ? [from, to] : undefined;
  });
  if (ranges.length === 0 || ranges.includes(undefined)) return undefined;
  const sorted = ranges.flatMap((range) => (range === undefined ? [] : [range])).toSorted(([a = 0], [b = 0]) => a - b);
  return [...new Set(sorted.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)))].join(",");
}

export function portIsIn(port: number, ports: string): boolean {
  if (ports === "any") return true;
  return ports.split(",").some((part) => {
    const [low, high = low] = part.split(":").map(Number);
    return low !== undefined && high !== undefined && low <= port && port <= high;
  });
}
