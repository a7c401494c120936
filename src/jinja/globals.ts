import { TemplateFailure } from "./failure.ts";
import { Namespace, isDict, items, textOf, typeName } from "./values.ts";

function whole(value: unknown): number {
  if (typeof value === "bigint") return Number(value);
  throw new TemplateFailure(`range() needs whole numbers, not a ${typeName(value)}`);
}

const MOST = 1_000_000;

function range(args: readonly unknown[]): readonly bigint[] {
  const [first = 0, second, step = 1] = args.map(whole);
  const [from, to] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (step === 0 || length > MOST) throw new TemplateFailure(`range() of ${length} numbers`);
  return Array.from({ length }, (_, index) => BigInt(from + index * step));
}

function fields([first]: readonly unknown[], named: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map([...(isDict(first) ? first : first === undefined ? [] : items(first).map(pairOf)), ...named]);
}

function pairOf(pair: unknown): [string, unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) throw new TemplateFailure("dict() needs pairs of a name and a value");
  return [textOf(pair[0]), pair[1]];
}

function joiner([separator = ", "]: readonly unknown[]): () => unknown {
  let first = true;
  return () => {
    const made = first ? "" : separator;
    first = false;
    return made;
  };
}

/** What every template has. */
export const GLOBALS: Map<string, unknown> = new Map<string, unknown>([
  ["range", range],
  ["dict", fields],
  ["namespace", (args: readonly unknown[], named: ReadonlyMap<string, unknown>) => new Namespace(fields(args, named))],
  ["joiner", joiner],
  ["ansible_managed", "Ansible managed"],
]);
