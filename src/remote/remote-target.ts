import type { ActionResult, AnyAction, AnyQuery, AnyResource, Facts } from "../engine/resource.ts";
import type { Applied, Examined, Item, Target, TargetCall } from "../engine/target/target.ts";
import { isObject, type Value, type ValueObject } from "../base/value.ts";
import type { Connection } from "./connection.ts";

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

  async examine(type: AnyResource, name: string, want: Value, call: TargetCall): Promise<Examined> {
    // The far end is this same program at this same version, and sends what its LocalTarget answered.
    return (await this.ask({ op: "examine", type: type.name, name, want }, call)) as unknown as Examined;
  }

  async read(type: AnyResource, name: string, want: Value, call: TargetCall): Promise<Facts | null> {
    return (await this.ask({ op: "read", type: type.name, name, want }, call)) as Facts | null;
  }

  async apply(type: AnyResource, items: readonly Item[], call: TargetCall): Promise<readonly Applied[]> {
    this.touched = true;
    const message = { op: "apply", type: type.name, items: items as unknown as Value };
    return (await this.ask(message, call)) as unknown as readonly Applied[];
  }

  async needed(type: AnyAction, want: Value, call: TargetCall): Promise<boolean> {
    return type.needed === undefined || (await this.ask({ op: "needed", type: type.name, want }, call)) === true;
  }

  async act(type: AnyAction, want: Value, call: TargetCall): Promise<ActionResult> {
    this.touched = true;
    return (await this.ask({ op: "act", type: type.name, want }, call)) as unknown as ActionResult;
  }

  async foretell(type: AnyAction, want: Value, call: TargetCall): Promise<void> {
    if (type.predict !== undefined) await this.ask({ op: "foretell", type: type.name, want }, call);
  }

  query(type: AnyQuery, want: Value, call: TargetCall): Promise<Value> {
    return this.ask({ op: "query", type: type.name, want }, call);
  }

  async isDirectory(path: string): Promise<boolean> {
    return (await this.plain({ op: "isDirectory", path })) === true;
  }

  unknownBecause(): string | undefined {
    return this.because;
  }

  noteUnknown(reason: string): void {
    this.because ??= reason;
    // Nobody waits for it: a connection that is lost fails the next question.
    void this.plain({ op: "noteUnknown", reason }).catch(() => {});
  }

  /** A host that is lost has told so to whoever asked it last; what it had not made durable shows when it is looked at again. */
  async settle(): Promise<void> {
    if (!this.touched) return;
    this.touched = false;
    try {
      await this.plain({ op: "settle" });
    } catch (error) {
      if (!this.connection.isGone()) throw error;
    }
  }

  private plain(message: ValueObject): Promise<Value> {
    return this.connection.request(message, { signal: never });
  }

  private async ask(message: ValueObject, call: TargetCall): Promise<Value> {
    const { signal, sensitive, keep, inputs, onOutput } = call;
    const answer = await this.connection.request({ ...message, sensitive, keep }, { signal, inputs, onOutput });
    if (!isObject(answer)) return answer;
    const { because } = answer;
    if (typeof because === "string") this.because ??= because;
    return answer["value"] ?? null;
  }
}
