import { TemplateFailure } from "./failure.ts";
import { Undefined, equal } from "./values.ts";

/** The `loop` of a `for`, for each of its turns. */
export function loopOver(list: readonly unknown[]): (index: number) => Map<string, unknown> {
  const length = list.length;
  let last: readonly unknown[] | undefined;
  const changed = (args: readonly unknown[]): boolean => {
    const same = last !== undefined && equal(last, args);
    last = args;
    return !same;
  };
  return (index) =>
    new Map<string, unknown>([
      ["index", BigInt(index + 1)],
      ["index0", BigInt(index)],
      ["revindex", BigInt(length - index)],
      ["revindex0", BigInt(length - index - 1)],
      ["first", index === 0],
      ["last", index === length - 1],
      ["length", BigInt(length)],
      ["previtem", index === 0 ? new Undefined("'loop.previtem'") : list[index - 1]],
      ["nextitem", index === length - 1 ? new Undefined("'loop.nextitem'") : list[index + 1]],
      ["changed", changed],
      ["cycle", (args: readonly unknown[]) => cycled(args, index)],
    ]);
}

function cycled(args: readonly unknown[], index: number): unknown {
  if (args.length === 0) throw new TemplateFailure("loop.cycle() needs what to go round");
  return args[index % args.length];
}
