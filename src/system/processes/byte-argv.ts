import { pathBytes } from "../../base/path-text.ts";
import type { Argv } from "../system.ts";

const NOT_UTF8 = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

/**
 * The runtime hands arguments to a child as UTF-8 only. Where one holds other bytes (as surrogates: path-text.ts), a shell is
 * started in the program's place that makes it from octal escapes, and then becomes the program.
 */
export function byteArgv(argv: Argv): Argv {
  if (!argv.some((argument) => NOT_UTF8.test(argument))) return argv;
  const made = argv.flatMap((argument, i) =>
    NOT_UTF8.test(argument) ? [`b${i}=$(printf '${octal(argument)}.')`] : [],
  );
  const words = argv.map((argument, i) => (NOT_UTF8.test(argument) ? `"\${b${i}%.}"` : `"\${${i + 1}}"`));
  const plain = argv.map((argument) => (NOT_UTF8.test(argument) ? "" : argument));
  return ["/bin/sh", "-c", `${made.join("; ")}; exec ${words.join(" ")}`, "sh", ...plain];
}

/** All bytes escaped; the full stop after them keeps line ends that `$(…)` would drop. */
function octal(argument: string): string {
  return [...Buffer.from(pathBytes(argument))].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
