import { LocalTarget, type Machine } from "../engine/target/local-target.ts";
import type { AnyAction, AnyQuery, AnyResource, ModuleDefinition, ModuleFunction } from "../engine/resource.ts";
import type { Item, TargetCall } from "../engine/target/target.ts";
import type { Value, ValueObject } from "../base/value.ts";
import { SlothError } from "../base/errors.ts";
import { serve, type Handlers, type RequestContext } from "./server.ts";
import type { Wire } from "./protocol/link.ts";

/** Makes the machine this agent stands on, once the controller said in which mode and under which key. */
type OpenMachine = (options: {
  readonly mode: "apply" | "plan" | "read";
  readonly host: string;
  readonly key: Uint8Array;
}) => Machine;

export interface AgentOptions {
  readonly version: string;
  readonly modules: readonly ModuleDefinition[];
  readonly open: OpenMachine;
}

/** The far end of a connection: every resource type, no record and no Lua. Ends when the controller goes. */
export function runAgent(wire: Wire, options: AgentOptions): Promise<void> {
  return serve(wire, new Agent(options));
}

class Agent implements Handlers {
  private readonly options: AgentOptions;
  private readonly functions: ReadonlyMap<string, ModuleFunction>;
  private target: LocalTarget | undefined;

  constructor(options: AgentOptions) {
    this.options = options;
    this.functions = new Map(options.modules.flatMap((module) => module.functions.map((one) => [one.name, one])));
  }

  hello({ version, mode, host, key }: ValueObject): ValueObject {
    if (version !== this.options.version) {
      throw new SlothError(
        "E_PROTOCOL",
        `the controller is version ${String(version as string)}, this is ${this.options.version}`,
      );
    }
    const known = mode === "plan" || mode === "read" ? mode : "apply";
    const name = typeof host === "string" ? host : "remote";
    const machine = this.options.open({
      mode: known,
      host: name,
      key: key instanceof Uint8Array ? key : new Uint8Array(0),
    });
    this.target = new LocalTarget(name, machine, known === "plan");
    return { version: this.options.version, pid: process.pid };
  }

  async request(message: ValueObject, context: RequestContext): Promise<Value | undefined> {
    const { target } = this;
    if (target === undefined) throw new SlothError("E_PROTOCOL", "a request came before hello");
    if (message["op"] === "isDirectory") return target.isDirectory(text(message["path"]));
    if (message["op"] === "noteUnknown") target.noteUnknown(text(message["reason"]));
    else if (message["op"] === "settle") await target.settle();
    else return await this.answer(target, message, context);
    return null;
  }

  private async answer(target: LocalTarget, message: ValueObject, context: RequestContext): Promise<Value> {
    const value = await this.work(target, message, context);
    return { value: value as Value, because: target.unknownBecause() ?? null };
  }

  private async work(target: LocalTarget, message: ValueObject, context: RequestContext): Promise<unknown> {
    const { op, want = null, name } = message;
    const call: TargetCall = { ...context, sensitive: message["sensitive"] === true, keep: keepOf(message["keep"]) };
    const type = this.functions.get(text(message["type"]));
    if (op === "examine") return await target.examine(asResource(type), text(name), want, call);
    if (op === "read") return await target.read(asResource(type), text(name), want, call);
    // The controller is this same program: its items are what its engine made.
    if (op === "apply")
      return await target.apply(asResource(type), message["items"] as unknown as readonly Item[], call);
    if (op === "needed") return await target.needed(asAction(type), want, call);
    if (op === "act") return await target.act(asAction(type), want, call);
    if (op === "foretell") return (await target.foretell(asAction(type), want, call)) ?? null;
    if (op === "query") return await target.query(asQuery(type), want, call);
    throw new SlothError("E_PROTOCOL", "a request of no known kind came");
  }
}

function keepOf(value: Value | undefined): TargetCall["keep"] {
  return value === "always" ? "always" : value === true;
}

function text(value: Value | undefined): string {
  if (typeof value === "string") return value;
  throw new SlothError("E_PROTOCOL", "a request lacks a field");
}

function asResource(type: ModuleFunction | undefined): AnyResource {
  if (type?.form === "resource") return type;
  throw new SlothError("E_PROTOCOL", "a request names no resource type of this version");
}

function asAction(type: ModuleFunction | undefined): AnyAction {
  if (type?.form === "action") return type;
  throw new SlothError("E_PROTOCOL", "a request names no action of this version");
}

function asQuery(type: ModuleFunction | undefined): AnyQuery {
  if (type?.form === "query") return type;
  throw new SlothError("E_PROTOCOL", "a request names no query of this version");
}
