import { MistakesError, SlothError } from "../base/errors.ts";
import { printableLines } from "../base/printable.ts";

/** What ends a command, for people: the user's mistakes in one sentence, ours with all that a report needs; with `--verbose` codes too. */
export function failureText(error: Error, version: string, argv: readonly string[] = []): string {
  const text = error instanceof SlothError ? allText(error, asksForCodes(argv)) : bugText(error, version);
  return `${printableLines(text)}\n`;
}

/** The same for programs: the last event, or the only document, of a command that an error ended. */
export function failureEvent(error: Error, exitCode: number, now = new Date()): object {
  const mistakes = error instanceof MistakesError ? error.mistakes.map(problemOf) : undefined;
  return { v: 1, at: now.toISOString(), type: "error", error: problemOf(error), mistakes, exitCode };
}

function problemOf(error: Error): object {
  if (!(error instanceof SlothError)) return { code: "E_BUG", message: printableLines(error.message) };
  const { code, hint, source, host, location } = error;
  const text = (given: string | undefined) => (given === undefined ? undefined : printableLines(given));
  return { code, message: printableLines(error.toString()), hint: text(hint), location, source: text(source), host };
}

function asksForCodes(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => word === "--verbose" || word === "-v");
}

/** Each mistake of several, and how many they are. */
function allText(error: SlothError, codes: boolean): string {
  const mistakes = error instanceof MistakesError ? error.mistakes : [];
  return [...mistakes, error].map((one) => userText(one, codes)).join("\n");
}

/** An error with a place in a workflow starts with the place, as compilers do, and ends with the line; others start with our name. */
function userText(error: SlothError, codes: boolean): string {
  const code = codes ? ` (${error.code})` : "";
  const isOfScript = error.exitCode === 1 || error.exitCode === 65;
  if (error.location === undefined || !isOfScript) return `sloth-runner: ${plain(error)}${code}`;
  const text = error.toString() + code;
  return error.source === undefined ? text : `${text}\n    | ${error.source.trim()}`;
}

/** Without a place: a lock or a database in use is nothing that a line of the workflow could be blamed for. */
function plain({ message, hint }: SlothError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function bugText(error: Error, version: string): string {
  const stack = error.stack ?? String(error);
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? String(error.cause)}` : "";
  return `sloth-runner: this is a bug: ${error.message}\n${stack}${cause}\nsloth-runner ${version}, Bun ${Bun.version}, ${process.platform} ${process.arch}`;
}
