import { didYouMean } from "../../base/nearest.ts";
import { SlothError } from "../../base/errors.ts";
import {
  defineResource,
  predictMerged,
  type AnyResource,
  type Facts,
  type UndoHooks,
  type Example,
} from "../../engine/resource.ts";
import { textLike, type Schema } from "../../engine/schema.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { refuseGuess } from "../_kit/paths.ts";
import { initOf } from "./_init.ts";

/** null: left alone. */
type ServiceWant = {
  readonly name: string;
  readonly running: boolean | null;
  readonly enabled: boolean | null;
};

type ServiceFacts = Facts & {
  readonly running?: boolean | undefined;
  readonly enabled?: boolean | undefined;
};

export const serviceName = textLike(
  "Name of the service, without a suffix.",
  /^[A-Za-z0-9_][A-Za-z0-9:_.\\@+-]*$/,
  "the name of a service",
);

interface Verb<P> {
  readonly name: `service.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<P>;
  readonly want: (props: P) => ServiceWant;
  readonly undo?: UndoHooks<ServiceWant, ServiceFacts>;
}

/** The verbs that keep a service in a state differ only in what they want of it. */
export function serviceResource<P>({ want, ...verb }: Verb<P>): AnyResource {
  return defineResource<P, ServiceWant, ServiceFacts>({
    ...verb,
    kind: "service",
    version: 1,
    identity: (props) => want(props).name,
    want,
    // What is not there neither runs nor starts with the machine.
    read: async ({ name }, target) => ({ ...((await initOf(target).look(name, target)) ?? NONE) }),
    desired: desiredService,
    predict: predictMerged,
    apply: (wanted, diff, target) => change(wanted.name, diff.changes, target),
  });
}

const NONE: ServiceFacts = { running: false, enabled: false };

async function desiredService(
  want: ServiceWant,
  actual: ServiceFacts | null,
  target: ReadSystem,
): Promise<Partial<ServiceFacts>> {
  const { name, running, enabled } = want;
  const wanted = { running: running ?? undefined, enabled: enabled ?? undefined };
  const asked = {
    running: wanted.running === actual?.running ? undefined : wanted.running,
    enabled: wanted.enabled === actual?.enabled ? undefined : wanted.enabled,
  };
  const isPredicted = target.predicted("service", name) !== undefined;
  if (!isPredicted && (await initOf(target).look(name, target)) === null) refuseGuess(target, { kind: "unit", name });
  if (asked.running === undefined && asked.enabled === undefined) return wanted;
  if (!isPredicted) await mustBeThere(name, target);
  await initOf(target).refuse?.(name, asked, target);
  return wanted;
}

/** Throws with the closest name. In plan an earlier step may bring it. */
export async function mustBeThere(name: string, target: ReadSystem): Promise<void> {
  const init = initOf(target);
  if ((await init.look(name, target)) !== null) return;
  refuseGuess(target, { kind: "unit", name });
  const names = await init.names(target);
  const meant = didYouMean(
    name,
    names.map((each) => each.replace(/\.service$/, "")),
  );
  const error = new SlothError("E_SERVICE_MISSING", `there is no service ${name} on this machine`, { hint: meant });
  throw Object.assign(error, { isCertain: true });
}

/** Enabled before it runs, and stopped before it is disabled, so that what fails leaves the less surprising half. */
async function change(
  name: string,
  changes: readonly { readonly property: string; readonly to: unknown }[],
  target: System,
): Promise<void> {
  const init = initOf(target);
  const to = new Map(changes.map(({ property, to: value }) => [property, value]));
  if ((await init.look(name, target)) === null) return; // an undo before this one took it away
  if (to.get("running") === false) await init.act("stop", name, target);
  const enabled = to.get("enabled");
  if (typeof enabled === "boolean") await init.setEnabled(name, enabled, target);
  if (to.get("running") === true) await init.act("start", name, target);
}
