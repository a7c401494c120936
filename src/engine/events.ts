import type { Location } from "../base/errors.ts";
import type { Change } from "./resource.ts";
import type { Value } from "../base/value.ts";

/** A task in the graph of tasks. */
export interface TaskEdges {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

export type Cause = "workflow" | "drift" | "both" | "itself";

export type OutcomeAction = "none" | "create" | "update" | "delete" | "run";

/** What Lua gets of an outcome, as a LuaCATS type. */
export const RESULT_TYPE =
  "{ changed: boolean, action: string, type: string, name: string, message: string, predicted: boolean, carried: boolean, " +
  "changes: { property: string, from?: any, to?: any }[] }";

/** The answer to a resource call or an action, as Lua, the reporter and the history see it. */
export interface Outcome {
  readonly changed: boolean;
  readonly action: OutcomeAction;
  /** "file_ops.copy" */
  readonly type: string;
  /** "/etc/hosts" */
  readonly name: string;
  readonly changes: readonly Change[];
  readonly message: string;
  /** Said by plan, not done. */
  readonly predicted: boolean;
  /** Nothing was left to do, but an earlier change is not settled yet. */
  readonly carried: boolean;
  /** In plan: what could not be known, and why. `changed` is then true. */
  readonly unknown?: string | undefined;
}

/** `apply`: a run. `plan`: nothing is changed. `check`: nothing is even looked at. */
export type Mode = "apply" | "plan" | "check";

export interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Actions run. */
  readonly ran: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Changes of earlier runs delivered again. */
  readonly carried: number;
  readonly unknown: number;
}

export type TaskResult = "ok" | "failed" | "skipped" | "not-needed" | "unpredictable";

/** How the tasks ended; a top level is one of them where it failed. */
export interface TaskCounts {
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notNeeded: number;
  readonly unpredictable: number;
}

/** What a run came to on one host. */
export interface HostCounts {
  readonly host: string;
  readonly unreachable: boolean;
  readonly counts: Counts;
  readonly tasks: TaskCounts;
}

export interface Problem {
  readonly code: string;
  /** Whole sentence with place, callee and hint. */
  readonly message: string;
  /** Source line of the workflow, when it could be read. */
  readonly source?: string | undefined;
  /** The host that was not reached, or was lost, where that is what is wrong. */
  readonly host?: string | undefined;
}

/** A file's text before and after; null where there is none, or none that is text. */
export interface TextChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Everything a run tells. The human lines, the JSON lines and the history are three readers of the same events. */
export type RunEvent =
  | {
      readonly type: "run_started";
      readonly mode: Mode;
      readonly stack: string;
      readonly workflow: string;
      readonly script: string;
      readonly run: number | null;
      /** The tasks and what each depends on; none when the file said something before all were declared: see tasks_known. */
      readonly tasks: readonly TaskEdges[];
    }
  | {
      /** What run_started could not say yet. */
      readonly type: "tasks_known";
      readonly tasks: readonly TaskEdges[];
    }
  | {
      readonly type: "interrupted_run";
      readonly run: number;
      readonly inFlight: readonly string[];
      readonly message: string;
    }
  | { readonly type: "task_started"; readonly task: string; readonly attempt: number }
  | {
      readonly type: "resource_started";
      readonly task: string;
      readonly host: string;
      readonly resource: string;
      readonly name: string;
    }
  | {
      /** Contents that take long on their way to a host: how many bytes of them are there. */
      readonly type: "progress";
      readonly task: string;
      readonly host: string;
      readonly resource: string;
      readonly bytes: number;
      /** null: nobody knows yet how many there are. */
      readonly total: number | null;
    }
  | {
      readonly type: "resource_done";
      readonly task: string;
      readonly host: string;
      /** "file:/etc/hosts" */
      readonly address: string;
      readonly outcome: Outcome;
      readonly location: Location;
      readonly durationMs: number;
      /** Texts before and after for `--diff`; null where there is none. Never of a sensitive resource. */
      readonly text?: TextChange | undefined;
      /**
       * Why it differed: the workflow changed, the machine drifted, both, or another declaration about the same file undid it; only for a
       * change of something recorded.
       */
      readonly cause?: Cause | undefined;
      readonly sensitive: boolean;
    }
  | {
      readonly type: "resource_failed";
      readonly task: string;
      readonly host: string;
      readonly resource: string;
      readonly name: string;
      readonly error: Problem;
    }
  | {
      readonly type: "output";
      readonly task: string;
      readonly stream: "print" | "stdout" | "stderr";
      readonly text: string;
    }
  | {
      readonly type: "log";
      readonly task: string;
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: Value;
    }
  | {
      readonly type: "notice";
      readonly task: string;
      readonly message: string;
      /** What is on its way to that host, whatever task waits for it. */
      readonly host?: string;
    }
  | { readonly type: "unpredictable"; readonly task: string; readonly location: Location; readonly reason: string }
  | {
      readonly type: "task_retry";
      readonly task: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: Problem;
    }
  | {
      readonly type: "task_done";
      readonly task: string;
      readonly result: TaskResult;
      readonly reason?: string | undefined;
      readonly error?: Problem | undefined;
      readonly durationMs: number;
    }
  /** Found before anything was done, or by check. */
  | { readonly type: "mistake"; readonly location: Location; readonly error: Problem }
  | {
      readonly type: "run_done";
      readonly mode: Mode;
      readonly ok: boolean;
      readonly counts: Counts;
      readonly tasks: TaskCounts;
      /** Of a check: the calls it saw, and those of which everything is written out; the others may still have mistakes. */
      readonly seen?: { readonly calls: number; readonly whole: number } | undefined;
      /** Those that the run was about, by name. */
      readonly hosts: readonly HostCounts[];
      readonly durationMs: number;
      readonly error?: Problem | undefined;
    };

export type RunEventType = RunEvent["type"];
export type Emit = (event: RunEvent) => void;
