import type { ActionResult, AnyAction, AnyQuery, AnyResource, Facts } from "../engine/resource.ts";
import type { Applied, Examined, Item, Target, TargetCall } from "../engine/target/target.ts";
import type { Value } from "../base/value.ts";
import type { Left } from "../system/processes/at-work.ts";
import type { Connection } from "./connection.ts";
import type { Answers, Asks, OperationName } from "./protocol/operations.ts";

const never = new AbortController().signal;

/** A machine at the far end of a connection. One message a question; what a plan does not know is told with each answer. */
export class RemoteTarget implements Target {
  readonly host: string;
  private readonly connection: Connection;
  private because: string | undefined;
  /** Something was changed there since `settle`. */
  private touched = false;

  constructor(host: string, connection: Connection) {
    this.host = host;
    this.connection = connection;
  }

  examine(type: AnyResource, name: string, want: Value, call: TargetCall): Promise<Examined> {
    return this.ask("examine", { ...about(type, call), name, want }, call);
  }

  read(type: AnyResource, name: string, want: Value, call: TargetCall): Promise<Facts | null> {
    return this.ask("read", { ...about(type, call), name, want }, call);
  }

  async apply(type: AnyResource, items: readonly Item[], call: TargetCall): Promise<readonly Applied[]> {
    this.touched = true;
    const applied = await this.ask("apply", { ...about(type, call), items: [...items] }, call);
    for (const trace of applied.flatMap(({ traces = [] }) => traces)) {
      call.traces?.touching(trace);
      call.traces?.touched(trace);
    }
    return applied;
  }

  async needed(type: AnyAction, want: Value, call: TargetCall): Promise<boolean> {
    return type.needed === undefined || (await this.ask("needed", { ...about(type, call), want }, call));
  }

  act(type: AnyAction, want: Value, call: TargetCall): Promise<ActionResult> {
    this.touched = true;
    return this.ask("act", { ...about(type, call), want }, call);
  }

  async foretell(type: AnyAction, want: Value, call: TargetCall): Promise<void> {
    if (type.predict !== undefined || type.refuse !== undefined)
      await this.ask("foretell", { ...about(type, call), want }, call);
  }

  query(type: AnyQuery, want: Value, call: TargetCall): Promise<Value> {
    return this.ask("query", { ...about(type, call), want }, call);
  }

  open(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.connection.stream("open", { path }, signal);
  }

  isDirectory(path: string): Promise<boolean> {
    return this.ask("isDirectory", { path });
  }

  /** What an agent of an earlier run of that stack left at work; its own commands are of it from now on. */
  begin(stack: string): Promise<readonly Left[]> {
    return this.ask("begin", { stack });
  }

  realPath(path: string): Promise<string> {
    return this.ask("realPath", { path });
  }

  unknownBecause(): string | undefined {
    return this.because;
  }

  noteUnknown(reason: string, of?: { readonly kind: string; readonly name: string }): void {
    this.because ??= reason;
    // Nobody waits for it: a connection that is lost fails the next question.
    void this.ask("noteUnknown", of === undefined ? { reason } : { reason, of }).catch(() => {});
  }

  /** A host that is lost has told so to whoever asked it last; what it had not made durable shows when it is looked at again. */
  async settle(): Promise<void> {
    if (!this.touched) return;
    this.touched = false;
    try {
      await this.ask("settle", {});
    } catch (error) {
      if (!this.connection.isGone()) throw error;
    }
  }

  private async ask<N extends OperationName>(operation: N, asks: Asks<N>, call?: TargetCall): Promise<Answers<N>> {
    const { value, because } = await this.connection.ask(operation, asks, call ?? { signal: never });
    this.because = because ?? this.because; // reasons only grow
    return value;
  }
}

/** What the far end is told of a call beside its words. */
function about({ name: type }: { readonly name: string }, { sensitive, keep }: TargetCall) {
  return { type, sensitive, keep };
}
