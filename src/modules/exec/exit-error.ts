import { constants } from "node:os";
import { SlothError } from "../../base/errors.ts";
import type { CommandResult } from "../../system/system.ts";

const LINES = 10;
const LENGTH = 2000;

/** E_EXIT, quoting the last lines it said: of standard error, else of standard output; of a sensitive call none. */
export function exitError(result: CommandResult, sensitive: boolean): SlothError {
  const how = ending(result.exitCode);
  const hint = result.exitCode === 127 ? "the shell did not find a command of that name" : undefined;
  if (sensitive)
    return new SlothError("E_EXIT", `${how}; what it said is not shown, as the call is sensitive`, { hint });
  const said = lastLines(result.stderr) || lastLines(result.stdout);
  return new SlothError("E_EXIT", said === "" ? `${how} and said nothing` : `${how}: ${said}`, { hint });
}

function ending(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return code > 128 && signal !== undefined ? `ended by ${signal} (exit code ${code})` : `exit code ${code}`;
}

/** Also used where a unit's or a tool's own words explain a failure. */
function lastLines(output: Uint8Array): string {
  const text = Buffer.from(output.subarray(-4 * LENGTH)).toString("utf8");
  const lines = text.trim().split(/\r?\n/).slice(-LINES).join("\n");
  return lines.length > LENGTH ? `…${lines.slice(-LENGTH)}` : lines;
}
