import { sealName, sealSecrets } from "../../src/engine/call/seal.ts";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import { planKeyValue } from "../../src/engine/record/plan-key-value.ts";
import { planRecord } from "../../src/engine/record/plan-record.ts";
import type { RunEvent } from "../../src/engine/events.ts";
import { Results, type CallContext, type ModuleDefinition, type Source } from "../../src/engine/resource.ts";
import { lockedAway } from "../../src/run/secret/unlocking.ts";
import type { Value } from "../../src/base/value.ts";
import { SlothError } from "../../src/base/errors.ts";

/** A context of a call with records in memory; `events` collects what was emitted. */
export function callContext(over: Partial<CallContext> = {}): CallContext & { readonly events: RunEvent[] } {
  const events: RunEvent[] = [];
  const contents = new HeldContents(new Uint8Array(32));
  return {
    mode: "apply",
    location: { file: "site.lua", line: 1 },
    task: "main",
    run: 7,
    signal: new AbortController().signal,
    source: noSystem,
    unlocking: lockedAway,
    stack: planRecord(null, "web"),
    state: planKeyValue(null),
    shared: planKeyValue(null),
    seal: (value) => sealSecrets(value, contents),
    sealName: (name) => sealName(name, contents),
    emit: (event) => void events.push(event),
    events,
    ...over,
  };
}

/** Calls a controller function by its Lua name; several results come as a list. */
export async function call(
  module: ModuleDefinition,
  name: string,
  args: readonly Value[],
  context: CallContext = callContext(),
): Promise<Value | undefined | readonly Value[]> {
  const found = module.functions.find((fn) => fn.name === name);
  if (found?.form !== "function") throw new Error(`${name} is no function of the controller`);
  const answer = await found.call(args, context);
  return answer instanceof Results ? answer.values : answer;
}

/** The text of the error a call ends with. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof SlothError)) throw new Error(`no SlothError but ${String(thrown)}`);
  const { code, message, hint } = thrown;
  return `${code} ${message}${hint === undefined ? "" : `; ${hint}`}`;
}

const noSystem = new Proxy({} as Source, {
  get: (_target, property) => {
    throw new Error(`the source's ${String(property)} is not for this test`);
  },
});
