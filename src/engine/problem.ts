import { SlothError, toError, type Location } from "../base/errors.ts";
import type { Problem } from "./events.ts";

/** An error as events and the record tell it. */
export function problemOf(error: Error): Problem {
  if (error instanceof SlothError) {
    const { code, source, host } = error;
    return { code, message: error.toString(), source, host };
  }
  return { code: "E_BUG", message: `this is a bug in sloth-runner: ${error.message}` };
}

/** Whatever was thrown, with place and callee where nobody set them yet. */
export function placed(thrown: unknown, location: Location, callee: string): Error {
  const error = toError(thrown);
  if (error instanceof SlothError) {
    error.location ??= location;
    error.callee ??= callee;
  }
  return error;
}

/** In plan, whether this failure may only be one because something earlier was planned and not done. */
export function mayBeUnknown(error: Error, because: string | undefined): error is SlothError {
  if (!(error instanceof SlothError)) return false;
  return error.code === "E_UNKNOWN" || (because !== undefined && !error.isCertain && !certain.has(error.code));
}

/** Failures that no earlier change of the machine would have prevented. */
const certain = new Set([
  "E_FIELD",
  "E_UNKNOWN_FIELD",
  "E_CONFLICT",
  "E_ACCESS",
  "E_INTERRUPTED",
  "E_TIMEOUT",
  "E_READ_ONLY",
  "E_TEMPLATE",
]);
