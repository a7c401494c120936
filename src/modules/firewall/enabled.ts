import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import { flag, object, oneOf, optional, withDefault, type Props } from "../../engine/schema.ts";
import { BACKENDS, type BackendName } from "./_backend.ts";
import { backendFor, namedBackend } from "./_choose.ts";
import { refuseLockout, soFar } from "./_connection.ts";

const schema = object({
  enabled: withDefault(flag("Whether the firewall is on, now and after a boot."), true),
  allow_lockout: withDefault(flag("It may cut off the connection by which we came."), false),
  backend: optional(oneOf("Which firewall. Default: the one that is active, else the only one there is.", ...BACKENDS)),
});

type Asked = Props<typeof schema>;
type EnabledFacts = Facts & {
  readonly running?: boolean | undefined;
  readonly boot?: boolean | undefined;
  readonly backend?: string | undefined;
};
type Want = { readonly backend?: BackendName; readonly lockout: boolean; readonly stated: ValueObject };

/** Keeps the firewall on, or off. */
export const enabled = defineResource<Asked, Want, EnabledFacts>({
  name: "firewall.enabled",
  kind: "firewall",
  version: 1,
  summary: "Keeps the firewall on, now and after a boot, or off.",
  example: 'firewall.enabled({ backend = "nftables" })',
  schema,
  identity: () => "firewall",
  want: ({ enabled: on, allow_lockout: lockout, backend }) => ({
    lockout,
    stated: { running: on, boot: on },
    ...namedBackend(backend),
  }),

  async read({ backend }, target) {
    const used = backendFor(backend, target);
    const { running, boot } = await used.look(target);
    return { running, boot, backend: used.name };
  },

  async desired({ backend: asked, stated, lockout }, _actual, target) {
    const before = soFar(await backendFor(asked, target).look(target), target);
    if (!lockout && stated["running"] === true) await refuseLockout({ ...before, running: true }, before, target);
    return stated;
  },

  async apply({ backend }, { desired, actual }, target) {
    const [running, boot] = [desired?.running ?? actual?.running, desired?.boot ?? actual?.boot];
    await backendFor(backend, target).setEnabled(running === true, boot === true, target);
  },

  /** With which one it will be, for rules that do not say. */
  predict: (actual, stated, { backend }) => ({
    ...predictMerged(actual, stated),
    ...namedBackend(backend),
  }),
  locks: () => ["firewall"],
  undo: {
    restate(_name, facts) {
      const { running = false, boot = false, backend } = facts ?? {};
      const stated = plainFacts({ running, boot });
      return { want: { lockout: true, stated, ...namedBackend(backend) }, stated };
    },
  },
});
