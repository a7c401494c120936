import { createConsola, type ConsolaInstance } from "consola/core";
import type { Value } from "../base/value.ts";
import { isObject } from "../base/value.ts";
import { printable, printableLines } from "../base/printable.ts";
import { shownValue } from "./shown.ts";
import type { Palette } from "./style.ts";

export type Verbosity = "quiet" | "normal" | "verbose";

/**
 * What the workflow logs, as far as the verbosity lets it pass: each method takes the task and the text. consola's core alone:
 * the rest of it costs 14 ms and 20 MiB.
 */
export function createDiagnostics(
  verbosity: Verbosity,
  paint: Palette,
  tell: (task: string, line: string) => void,
): ConsolaInstance {
  const levels = { quiet: 1, normal: 3, verbose: 4 };
  const colours = { error: paint.red, fatal: paint.red, warn: paint.yellow };
  const colourOf = (type: string) => (type === "error" || type === "warn" ? colours[type] : paint.dim);
  return createConsola({
    level: levels[verbosity],
    throttle: 0, // lines keep their order and their number
    reporters: [{ log: ({ type, args: [task, text] }) => tell(String(task), `${colourOf(type)(`${type}:`)} ${text}`) }],
  });
}

/** `message key=value key=value` */
export function logText(message: string, fields: Value): string {
  const pairs = isObject(fields)
    ? Object.entries(fields).map(([key, value]) => ` ${printable(key)}=${shownValue(value)}`)
    : fields === null
      ? []
      : [` ${shownValue(fields)}`];
  return printableLines(message) + pairs.join("");
}
