/** Steps that a search may take before it is called long: some tenths of a second at worst. */
const MANY_STEPS = 3e7;
/** A text that even a pattern whose time doubles with every character is done with. */
const SHORT = 8;
/** A quantifier that repeats no more often is not counted. */
const FEW = 16;

/** What a pattern repeats without end: one character of a class, or a group. */
interface Loop {
  /** As it stands in the pattern. */
  readonly source: string;
  readonly isGroup: boolean;
}

/** By how much a pattern's time grows with the text. */
interface Growth {
  /** Loops inside of loops that may share the text in many ways: it doubles with every character. */
  readonly doubling: boolean;
  readonly loops: readonly Loop[];
  /** In how many ways all else may match the same text. */
  readonly ways: number;
}

/**
 * Whether a pattern may take long on a text; undefined: on none that is at hand. The engine cannot be stopped while it is at a text, and
 * gives up silently after a while, so this is asked before. It errs on the side of "may".
 */
export function riskOf(regexp: RegExp): ((text: string) => boolean) | undefined {
  const { doubling, loops, ways } = growthOf(regexp.source);
  if (doubling || ways > MANY_STEPS) return (text) => text.length > SHORT;
  if (loops.length === 0 && ways === 1) return undefined;
  return (text) => {
    const all = (text.length + 1) * ways;
    if (all * (text.length + 1) ** loops.length <= MANY_STEPS) return false;
    return loops.reduce((steps, loop) => steps * (longestRun(loop, text, regexp.flags) + 1), all) > MANY_STEPS;
  };
}

function longestRun({ source, isGroup }: Loop, text: string, flags: string): number {
  if (isGroup) return text.length;
  let longest = 0;
  const runs = new RegExp(`(?:${source})+`, `${flags.replace(/[gdy]/g, "")}g`);
  for (const { 0: run } of text.matchAll(runs)) longest = Math.max(longest, run.length);
  return longest;
}

/** Of a group that is open: what it is the beginning of. */
interface Open {
  loops: Loop[];
  doubling: boolean;
  /** Of the alternative that is being read, and of those before it together. */
  ways: number;
  others: number;
  readonly from: number;
}

const TOKEN =
  /\\(?:u\{[^}]*\}|[pPk](?:\{[^}]*\}|<[^>]*>)|x..|u....|c.|[^])|\[(?:\\[^]|[^\]\\])*\]|\((?:\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:))?|[)|]|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/gu;

function growthOf(source: string): Growth {
  const whole = opened(0);
  const open: Open[] = [whole];
  const tokens = [...source.matchAll(TOKEN)];
  let atom: Loop | undefined;
  let inside: Open | undefined;
  for (const [place, { 0: token, index }] of tokens.entries()) {
    const top = open.at(-1) ?? whole;
    if (token === ")" && open.length > 1) {
      inside = open.pop() ?? whole;
      atom = { source: source.slice(inside.from, index + 1), isGroup: true };
      if (!isQuantifier(tokens[place + 1]?.[0] ?? "")) repeat(open.at(-1) ?? whole, inside, 1);
      continue;
    }
    if (token.startsWith("(")) open.push(opened(index));
    else if (token === "|") [top.others, top.ways] = [top.others + top.ways, 1];
    else if (isQuantifier(token)) quantify(top, token, { atom, inside, next: tokens[place + 1]?.[0] });
    else atom = { source: token, isGroup: false };
    inside = undefined;
  }
  return { ...whole, ways: whole.ways + whole.others };
}

function opened(from: number): Open {
  return { loops: [], doubling: false, ways: 1, others: 0, from };
}

/** A group stands so many times, one after the other. */
function repeat(outer: Open, inner: Open, times: number): void {
  outer.doubling ||= inner.doubling;
  outer.ways *= (inner.ways + inner.others) ** times;
  for (let time = 0; time < times; time++) outer.loops.push(...inner.loops);
}

function isQuantifier(token: string): boolean {
  return /^(?:[*+?]|\{\d+(?:,\d*)?\})\??$/.test(token);
}

function quantify(
  top: Open,
  token: string,
  { atom, inside, next }: { atom: Loop | undefined; inside: Open | undefined; next: string | undefined },
): void {
  const [least, most] = timesOf(token);
  if (inside !== undefined) {
    repeat(top, inside, Math.min(most, FEW));
    if (most > FEW && (inside.loops.length > 0 || inside.ways + inside.others > 1)) top.doubling = true;
  }
  if (most <= FEW) top.ways *= most - least + 1;
  else if (atom !== undefined && !endsByItself(atom, next)) top.loops.push(atom);
}

function timesOf(token: string): readonly [least: number, most: number] {
  if (token.startsWith("*")) return [0, Infinity];
  if (token.startsWith("+")) return [1, Infinity];
  if (token.startsWith("?")) return [0, 1];
  const [, least = "0", comma, most = ""] = /^\{(\d+)(,?)(\d*)\}/.exec(token) ?? [];
  return [Number(least), comma === "" ? Number(least) : most === "" ? Infinity : Number(most)];
}

/** What follows is a character that the loop cannot take, such as `[^:]*:`: there is one place where it ends. */
function endsByItself({ source, isGroup }: Loop, next: string | undefined): boolean {
  const character = next?.length === 1 && !/[()|[\]{}*+?.^$]/.test(next) ? next : /^\\([^\w\s])$/.exec(next ?? "")?.[1];
  if (isGroup || character === undefined) return false;
  return !new RegExp(`^${source}$`, "iu").test(character);
}
