import { constants } from "node:os";
import { endedSaying } from "../../base/said.ts";
import { SlothError } from "../../base/errors.ts";
import type { CommandResult } from "../../system/system.ts";

/** More than anybody reads of what a command said; the end of it. */
const READ = 16_384;

/** E_EXIT, quoting the last lines of both streams; of a sensitive call none. */
export function exitError(result: CommandResult, sensitive: boolean): SlothError {
  const how = ending(result.exitCode);
  const hint = result.exitCode === 127 ? "the shell did not find a command of that name" : undefined;
  if (sensitive)
    return new SlothError("E_EXIT", `${how}; what it said is not shown, as the call is sensitive`, { hint });
  const [stdout, stderr] = [textOf(result.stdout), textOf(result.stderr)];
  const isSilent = (stdout + stderr).trim() === "";
  return new SlothError("E_EXIT", isSilent ? `${how} and said nothing` : endedSaying(how, { stdout, stderr }), {
    hint,
  });
}

function ending(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return code > 128 && signal !== undefined ? `ended by ${signal} (exit code ${code})` : `exit code ${code}`;
}

function textOf(output: Uint8Array): string {
  return Buffer.from(output.subarray(-READ)).toString("utf8");
}
