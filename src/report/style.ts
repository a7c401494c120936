import type { Sink } from "./sink.ts";

/** Words for the few colours there are; without colour each gives its text back. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function palette(colour: boolean): Palette {
  const paint = (on: number, off: number) => (text: string) => (colour ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

type Environment = { readonly [name: string]: string | undefined };

/** Colour on a terminal that can show it; FORCE_COLOR says so for any output (0: for none), NO_COLOR forbids it. */
export function wantsColour(sink: Sink, env: Environment): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none } = env;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (none !== undefined && none !== "") return false;
  return sink.terminal && env["TERM"] !== "dumb";
}

/** A status line that is drawn over: on a terminal that can, where somebody may be looking. */
export function wantsLive(sink: Sink, env: Environment): boolean {
  const machine = env["CI"] !== undefined && env["CI"] !== "" && env["CI"] !== "false";
  return sink.terminal && env["TERM"] !== "dumb" && env["TERM"] !== undefined && !machine;
}
