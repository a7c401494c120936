import { shownTime } from "./shown-time.ts";

/** Where in a workflow a thing was said; `file` as the user knows it (relative to where they stand, when it is below). */
export interface Location {
  readonly file: string;
  readonly line: number;
}

export interface ErrorOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An error the user can act on: `message` says what, `hint` what to do. Shown without a stack trace.
 * `code` (E_…) never changes once released. Anything that is not a SlothError is a bug of ours.
 */
export class SlothError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** Process exit code when this error ends the command. */
  readonly exitCode: number = 1;
  /** Set once, by whoever knows it first: where in the workflow, and which module function. */
  location: Location | undefined;
  callee: string | undefined;
  /** The host that could not be asked, where that is what is wrong. */
  host: string | undefined;
  /** The text of that line of the workflow, where it could be read and may be shown. */
  source: string | undefined;
  /** In plan: nothing that is only planned could make it otherwise. */
  isCertain = false;
  /** Of a sensitive call: what its line says is not to be shown. */
  isSensitive = false;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }

  /** Adds the line of the workflow, for whoever asks first. */
  quote(line: string | undefined): void {
    if (!this.isSensitive) this.source ??= line;
  }

  /** `site.lua:14: file_ops.copy: what; what to do`, as far as place and callee are known. */
  override toString(): string {
    const place = this.location === undefined ? "" : `${this.location.file}:${this.location.line}: `;
    const callee = this.callee === undefined ? "" : `${this.callee}: `;
    const hint = this.hint === undefined ? "" : `; ${this.hint}`;
    return `${place}${callee}${this.message}${hint}`;
  }
}

/** The command line is wrong; nothing was done. */
export class UsageError extends SlothError {
  override readonly exitCode = 64;
  constructor(message: string, options?: ErrorOptions) {
    super("E_USAGE", message, options);
  }
}

/** The workflow, values or inventory file is wrong. */
export class ScriptError extends SlothError {
  override readonly exitCode = 65;
}

/** Several mistakes of one workflow, each with its place; nothing of it was done. */
export class MistakesError extends ScriptError {
  readonly mistakes: readonly SlothError[];

  constructor(file: string, mistakes: readonly SlothError[]) {
    super("E_MISTAKES", `${mistakes.length} mistakes in ${file}; nothing was done`);
    this.mistakes = mistakes;
  }
}

/** The database cannot be used. */
export class DatabaseError extends SlothError {
  override readonly exitCode = 73;
}

export interface LockHolder {
  readonly who: string;
  readonly host: string;
  readonly command: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Another process holds the stack's lock. */
export class StackLockedError extends SlothError {
  override readonly exitCode = 75;
  constructor(stack: string, holder: LockHolder | null) {
    const by =
      holder === null
        ? "another process"
        : `${holder.who}@${holder.host} (${holder.command}, pid ${holder.pid}, since ${shownTime(holder.since) ?? "?"})`;
    super("E_LOCKED", `${stack}: locked by ${by}`, { hint: "wait for it with --lock-timeout 5m" });
  }
}

/** The user or the system asked us to stop: 128 + signal number. */
export class InterruptedError extends SlothError {
  override readonly exitCode: number;
  constructor(signal: "SIGHUP" | "SIGINT" | "SIGTERM") {
    super("E_INTERRUPTED", `interrupted by ${signal}`);
    this.exitCode = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal];
  }
}

/** Whether a host was not there to be asked, whatever was asked of it. */
export function isOfHost({ code }: { readonly code: string }): boolean {
  return code.startsWith("E_HOST_") || code === "E_NO_AGENT" || code === "E_PROTOCOL";
}

/** Whether it is an error of what was written, not of what was done. */
export function isMistake({ code }: SlothError): boolean {
  return ["E_FIELD", "E_UNKNOWN_FIELD", "E_VALUE", "E_UNDEFINED", "E_CONFLICT", "E_SOURCE_MISSING"].includes(code);
}

/** Mistakes end as those of a script that could not be read. */
export function asScriptError(error: Error): Error {
  if (!(error instanceof SlothError) || error.exitCode !== 1 || !isMistake(error)) return error;
  const { location, callee, source, hint } = error;
  const told = new ScriptError(error.code, error.message, { hint, cause: error });
  return Object.assign(told, { location, callee, source });
}

/** Any thrown thing as an Error, for one place at the border to ask `instanceof` of. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
