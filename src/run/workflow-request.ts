import type { Mode } from "../engine/events.ts";
import type { Verbosity } from "../report/diagnostics.ts";

/** What `run`, `plan` and `check` were asked for; contradictions are refused before it is made. */
export interface WorkflowRequest {
  readonly mode: Mode;
  /** `-` is standard input; without one it is ./sloth.lua. */
  readonly file: string | undefined;
  /** The workflow itself, from the command line, in place of a file. */
  readonly text?: string | undefined;
  /** What the SHA-256 of the workflow must be, in hexadecimal digits. */
  readonly sha256: string | undefined;
  readonly stack: string | undefined;
  readonly database: string | undefined;
  /** The database's directory may be made. */
  readonly create: boolean;
  readonly valuesFile: string | undefined;
  readonly set: readonly string[];
  /** Files of what opens secrets, instead of those that are at hand. */
  readonly identities: readonly string[];
  readonly tasks: readonly string[];
  readonly tags: readonly string[];
  /** Hosts and groups the whole workflow is run for; none: once, for this machine. */
  readonly on: readonly string[];
  readonly inventory: string | undefined;
  /** Hosts at once. */
  readonly limit: number | undefined;
  readonly reach: ReachRequest;
  readonly diff: boolean;
  readonly prune: boolean;
  /** With `prune`: also what changed since it was written. */
  readonly force: boolean;
  readonly yes: boolean;
  readonly lockTimeoutMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly output: "human" | "json";
  readonly verbosity: Verbosity;
  /** 2 when there are changes. */
  readonly detailedExitCode: boolean;
}

/** How other hosts are reached. */
export interface ReachRequest {
  readonly agentDir: string | undefined;
  readonly sshConfig: string | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly handshakeTimeoutMs: number | undefined;
  readonly silenceTimeoutMs: number | undefined;
}
