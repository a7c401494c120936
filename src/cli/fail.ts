import { SlothError } from "../base/errors.ts";
import { failureEvent, failureText } from "../report/failure.ts";
import type { Sink } from "../report/sink.ts";

/** Tells what ended a command line: to people, and under `--output json` to programs too. Answers the exit code. */
export function tellFailure(
  error: Error,
  argv: readonly string[],
  { stdout, stderr }: { readonly stdout: Sink; readonly stderr: Sink },
  version: string,
): number {
  const exitCode = error instanceof SlothError ? error.exitCode : 1;
  stderr.write(failureText(error, version, argv));
  if (asksForJson(argv)) stdout.write(`${JSON.stringify(failureEvent(error, exitCode))}\n`);
  return exitCode;
}

/** As it is typed: what is wrong may be the rest of the line. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  return words.some((word, at) => word === "--output=json" || (word === "--output" && words[at + 1] === "json"));
}
