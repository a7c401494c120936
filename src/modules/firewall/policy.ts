import type { ValueObject } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import { flag, object, oneOf, optional, withDefault, type Props } from "../../engine/schema.ts";
import { BACKENDS, VERDICTS, type BackendName, type Policy } from "./_backend.ts";
import { backendFor, namedBackend } from "./_choose.ts";
import { refuseLockout, soFar } from "./_connection.ts";

const verdict = (summary: string) => optional(oneOf(`${summary}; left alone when absent.`, ...VERDICTS));

const schema = object(
  {
    incoming: verdict("What is done with what comes in and no rule is about"),
    outgoing: verdict("The same of what goes out"),
    forward: verdict("The same of what is forwarded"),
    allow_lockout: withDefault(flag("It may cut off the connection by which we came."), false),
    backend: optional(
      oneOf("Which firewall. Default: the one that is active, else the only one there is.", ...BACKENDS),
    ),
  },
  ({ incoming, outgoing, forward }) =>
    incoming === undefined && outgoing === undefined && forward === undefined
      ? "takes at least one of 'incoming', 'outgoing' and 'forward'"
      : undefined,
);

type Asked = Props<typeof schema>;
type PolicyFacts = Facts & Policy & { readonly in_force?: boolean | undefined; readonly backend?: string | undefined };
type Want = { readonly backend?: BackendName; readonly lockout: boolean; readonly stated: ValueObject };

/** Keeps what happens to what no rule is about. */
export const policy = defineResource<Asked, Want, PolicyFacts>({
  name: "firewall.policy",
  kind: "firewall_policy",
  version: 1,
  summary: "Keeps what the firewall does with what no rule is about.",
  example: `
      firewall.rule({ proto = "tcp", port = { 22, 8080 }, backend = "nftables" })
      firewall.policy({ incoming = "deny", forward = "deny", backend = "nftables" })
    `,
  schema,
  identity: () => "policy",
  want: ({ incoming, outgoing, forward, allow_lockout: lockout, backend }) => ({
    lockout,
    stated: plainFacts({ incoming, outgoing, forward, in_force: true }),
    ...namedBackend(backend),
  }),

  async read({ backend, stated }, target) {
    const used = backendFor(backend, target);
    const { policy: written, policyInForce: now, running } = await used.look(target);
    const names = (["incoming", "outgoing", "forward"] as const).filter((name) => stated[name] !== undefined);
    const inForce = !running || now === undefined || names.every((name) => now[name] === written[name]);
    return { ...written, in_force: inForce, backend: used.name };
  },

  async desired({ backend: asked, stated, lockout }, _actual, target) {
    const backend = backendFor(asked, target);
    const wanted: Policy = stated;
    const fault = backend.policyFault(wanted);
    if (fault !== undefined) throw new SlothError("E_FIREWALL", fault);
    const before = soFar(await backend.look(target), target);
    if (!lockout) await refuseLockout({ ...before, policy: { ...before.policy, ...wanted } }, before, target);
    return stated;
  },

  async apply({ backend }, { desired }, target) {
    const { incoming, outgoing, forward } = desired ?? {};
    await backendFor(backend, target).setPolicy({ incoming, outgoing, forward }, target);
  },

  predict: predictMerged,
  locks: () => ["firewall"],
  undo: {
    restate(_name, facts) {
      const { incoming, outgoing, forward, backend } = facts ?? {};
      const stated = plainFacts({ incoming, outgoing, forward, in_force: true });
      return { want: { lockout: true, stated, ...namedBackend(backend) }, stated };
    },
  },
});
