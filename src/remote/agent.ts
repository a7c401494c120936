import { LocalTarget, type Machine } from "../engine/target/local-target.ts";
import type { AnyAction, AnyQuery, AnyResource, ModuleDefinition, ModuleFunction } from "../engine/resource.ts";
import type { Left } from "../system/processes/at-work.ts";
import type { TargetCall, Trace, TraceListener } from "../engine/target/target.ts";
import { SlothError } from "../base/errors.ts";
import type { Wire } from "./protocol/link.ts";
import { checked, type Hello, type Ready } from "./protocol/messages.ts";
import { isOperation, operations, type Answers, type Asks, type OperationName } from "./protocol/operations.ts";
import { serve, type Answered, type Handlers, type RequestContext } from "./server.ts";

/** Makes the machine this agent stands on, once the controller said in which mode and under which key. */
type OpenMachine = (options: Pick<Hello, "mode" | "host" | "key">) => Machine;

export interface AgentOptions {
  readonly version: string;
  readonly modules: readonly ModuleDefinition[];
  readonly open: OpenMachine;
  /** Login name of who we are. */
  readonly user: string;
  readonly begin: (stack: string) => readonly Left[];
}

/** The far end of a connection: every resource type, no record and no Lua. Ends when the controller goes. */
export function runAgent(wire: Wire, options: AgentOptions): Promise<void> {
  return serve(wire, new Agent(options));
}

class Agent implements Handlers {
  private readonly options: AgentOptions;
  private readonly work: Work;
  private target: LocalTarget | undefined;

  constructor(options: AgentOptions) {
    this.options = options;
    const functions = options.modules.flatMap((module) => module.functions);
    this.work = workOf(functions, options.begin);
  }

  hello({ version, as, ...options }: Hello): Ready {
    const { version: ours, user } = this.options;
    if (version !== ours) throw new SlothError("E_PROTOCOL", `the controller is version ${version}, this is ${ours}`);
    const machine = this.options.open(options);
    const reader = machine.reader({ signal: new AbortController().signal });
    if (as !== undefined && reader.userId(as) !== reader.euid) throw notAs(as, user);
    this.target = new LocalTarget(options.host, machine, options.mode === "plan");
    return { version: ours, pid: process.pid, user };
  }

  async answer(operation: string, asks: unknown, context: RequestContext): Promise<Answered> {
    const { target } = this;
    if (target === undefined) throw new SlothError("E_PROTOCOL", "a request came before hello");
    if (!isOperation(operation)) throw new SlothError("E_PROTOCOL", "a request of no known kind came");
    const value = await this.perform(operation, asks, target, context);
    return { value, because: target.unknownBecause() };
  }

  private perform<N extends OperationName>(
    operation: N,
    asks: unknown,
    target: LocalTarget,
    context: RequestContext,
  ): Promise<Answers<N>> | Answers<N> {
    const { asks: shape } = operations[operation];
    return this.work[operation](target, checked<Asks<N>>(shape, asks, "a request"), context);
  }
}

/** Better nothing than the work of one user done by another. */
function notAs(as: string, user: string): SlothError {
  return new SlothError("E_HOST_SUDO", `the work was to be done as ${as}, and this is ${user}`, {
    hint: "look at what sudo, doas or su is set up to do there",
  });
}

type Work = {
  readonly [N in OperationName]: (
    target: LocalTarget,
    asks: Asks<N>,
    context: RequestContext,
  ) => Promise<Answers<N>> | Answers<N>;
};

/** What is done for each operation of the protocol. */
function workOf(functions: readonly ModuleFunction[], begin: AgentOptions["begin"]): Work {
  const known = new Map<string, ModuleFunction>(functions.map((one) => [one.name, one]));
  const resource = (name: string): AnyResource => asResource(known.get(name));
  const action = (name: string): AnyAction => asAction(known.get(name));
  const query = (name: string): AnyQuery => asQuery(known.get(name));
  return {
    examine: (target, { type, name, want, ...call }, context) =>
      target.examine(resource(type), name, want, callOf(call, context)),
    read: (target, { type, name, want, ...call }, context) =>
      target.read(resource(type), name, want, callOf(call, context)),
    async apply(target, { type, items, ...call }, context) {
      const heard: Trace[] = [];
      const traces: TraceListener = { touching: () => {}, touched: (trace) => void heard.push(trace) };
      const applied = await target.apply(resource(type), items, { ...callOf(call, context), traces });
      return applied.map((one, index) => (index === 0 && heard.length > 0 ? { ...one, traces: heard } : one));
    },
    needed: (target, { type, want, ...call }, context) => target.needed(action(type), want, callOf(call, context)),
    act: (target, { type, want, ...call }, context) => target.act(action(type), want, callOf(call, context)),
    async foretell(target, { type, want, ...call }, context) {
      await target.foretell(action(type), want, callOf(call, context));
      return null;
    },
    query: (target, { type, want, ...call }, context) => target.query(query(type), want, callOf(call, context)),
    async open(target, { path }, { send, signal }) {
      await send(target.open(path, signal));
      return null;
    },
    isDirectory: (target, { path }) => target.isDirectory(path),
    realPath: (target, { path }) => target.realPath(path),
    noteUnknown(target, { reason, of }) {
      target.noteUnknown(reason, of);
      return null;
    },
    begin: (_target, { stack }) => [...begin(stack)],
    async settle(target) {
      await target.settle();
      return null;
    },
  };
}

function callOf(told: Pick<TargetCall, "sensitive" | "keep">, context: RequestContext): TargetCall {
  return { ...context, ...told };
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
