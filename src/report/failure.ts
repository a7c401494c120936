import { SlothError } from "../errors.ts";
import { printableLines } from "./printable.ts";

/** What ends a command, for people: the user's mistakes in one sentence, ours with all that a report needs. */
export function failureText(error: Error, version: string): string {
  const text = error instanceof SlothError ? userText(error) : bugText(error, version);
  return `${printableLines(text)}\n`;
}

/** An error with a place in a workflow starts with the place, as compilers do; others with our name. */
function userText(error: SlothError): string {
  return error.location === undefined ? `sloth-runner: ${error.toString()}` : error.toString();
}

function bugText(error: Error, version: string): string {
  const stack = error.stack ?? String(error);
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? String(error.cause)}` : "";
  return `sloth-runner: this is a bug: ${error.message}\n${stack}${cause}\nsloth-runner ${version}, Bun ${Bun.version}, ${process.platform} ${process.arch}`;
}
