import type { ValueObject } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import {
  either,
  flag,
  integer,
  object,
  oneOf,
  oneOrMany,
  optional,
  text,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { canonicalAddress, familyOf } from "./_address.ts";
import { BACKENDS, type Backend, type BackendName, type State } from "./_backend.ts";
import { backendFor, namedBackend } from "./_choose.ts";
import { refuseLockout, soFar } from "./_connection.ts";
import {
  ACTIONS,
  actionOf,
  canonicalPorts,
  DIRECTIONS,
  matchOf,
  PROTOCOLS,
  ruleName,
  type Action,
  type Match,
} from "./_rule.ts";

const address = (summary: string) =>
  withDefault(
    textLike(
      `${summary}, such as \`10.0.0.0/8\` or \`2001:db8::/32\`.`,
      (given) => canonicalAddress(given) !== undefined,
      "an address, a network, or 'any'",
    ),
    "any",
  );
const ports = (summary: string) =>
  optional(
    oneOrMany(
      `${summary}: a number, a range \`8000:8010\`, or several.`,
      either("", integer(""), text(""), "a number or a range"),
    ),
  );
const link = (summary: string) =>
  withDefault(textLike(summary, /^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,14}\+?$/, "the name of an interface"), "any");

const schema = object(
  {
    action: withDefault(
      oneOf(
        "What is done with it; `limit` lets in no more than six connections in half a minute from one address.",
        ...ACTIONS,
      ),
      "allow",
    ),
    proto: withDefault(oneOf("Its protocol; with a port `any` is tcp and udp.", ...PROTOCOLS), "any"),
    port: ports("Where it goes to"),
    from: address("Where it comes from"),
    from_port: ports("The port where it comes from"),
    to: address("Where it goes to"),
    direction: withDefault(oneOf("Which way it goes.", ...DIRECTIONS), "in"),
    interface: link("The interface by which it comes, or, going out, goes."),
    out_interface: link("The interface by which what is forwarded goes."),
    comment: optional(
      textLike(
        "What it is for; firewalld has no place for it.",
        /^[^\r\n\0"#]{0,100}$/,
        "one line without '\"' and '#'",
      ),
    ),
    first: withDefault(flag("A new one is asked before all that are there; else after them."), false),
    allow_lockout: withDefault(flag("It may cut off the connection by which we came."), false),
    backend: optional(
      oneOf("Which firewall. Default: the one that is active, else the only one there is.", ...BACKENDS),
    ),
    state: withDefault(oneOf("Whether there is such a rule.", "present", "absent"), "present"),
  },
  ({ proto, port, from, from_port, to, direction, out_interface, action }) => {
    if ([port, from_port].some((given) => given !== undefined && canonicalPorts(given) === undefined))
      return "'port' and 'from_port' take numbers from 1 to 65535, ranges such as 8000:8010, or a list of them";
    if ((port !== undefined || from_port !== undefined) && !["any", "tcp", "udp"].includes(proto))
      return `'port' is for tcp and udp, and 'proto' is '${proto}'`;
    const families = [from, to].map((given) => familyOf(canonicalAddress(given) ?? "any"));
    if (families.includes(4) && families.includes(6)) return "'from' and 'to' are of two kinds, IPv4 and IPv6";
    if (out_interface !== "any" && direction !== "forward") return "'out_interface' is for direction 'forward'";
    return action === "limit" && direction !== "in" ? "action 'limit' is for direction 'in'" : undefined;
  },
);

type Asked = Props<typeof schema>;

type RuleFacts = Facts & {
  readonly action?: string | undefined;
  readonly comment?: string | undefined;
  /** As far as the firewall is on. */
  readonly in_force?: boolean | undefined;
  /** Which firewall has it. */
  readonly backend?: string | undefined;
};

type Want = {
  readonly name: string;
  readonly first: boolean;
  readonly backend?: BackendName;
  readonly lockout: boolean;
  readonly stated: ValueObject | null;
};

/** Keeps a rule of the firewall that is in use, written down for the next boot, and in force where it is on. */
export const rule = defineResource<Asked, Want, RuleFacts>({
  name: "firewall.rule",
  kind: "firewall_rule",
  version: 1,
  summary: "Keeps a rule of the firewall: nftables, ufw or firewalld.",
  example: `
      firewall.rule({ proto = "tcp", port = 22, from = "10.0.0.0/8", backend = "nftables", comment = "ssh from inside" })
      firewall.rule({ proto = "tcp", port = { 80, 443 }, backend = "nftables" })
    `,
  schema,
  identity: (props) => ruleName(matchFrom(props)),
  want: wanted,

  async read({ name, backend }, target) {
    const used = backendFor(backend, target);
    const state = await used.look(target);
    const found = state.rules.get(name);
    if (found === undefined) return null;
    const { action, comment = "", inForce } = found;
    return { action, comment, in_force: inForce || !state.running, backend: used.name };
  },

  async desired(want, actual, target) {
    if (!decidesAnew(want, actual)) return want.stated;
    const backend = backendFor(want.backend, target);
    const state = await backend.look(target);
    refuseOther(want, backend);
    if (!want.lockout) await refuseCut(want, state, target);
    if (want.stated === null) return null;
    return want.stated;
  },

  async apply(want, diff, target) {
    const backend = backendFor(want.backend, target);
    const match = matchIn(want.name);
    const action = actionOf((diff.desired ?? diff.actual)?.action) ?? "allow";
    if (diff.desired === null) return backend.removeRule(match, action, target);
    const comment = diff.desired.comment ?? diff.actual?.comment;
    await backend.setRule(
      { ...match, action, ...(comment !== undefined && comment !== "" && { comment }) },
      want.first,
      target,
    );
  },

  predict: predictMerged,
  locks: () => ["firewall"],
  undo: {
    async remove({ name, backend }: Want, actual: RuleFacts, target: System) {
      await backendFor(backend, target).removeRule(matchIn(name), actionOf(actual.action) ?? "allow", target);
    },
    restate(name, facts) {
      const { action, comment, backend } = facts ?? {};
      const stated = facts === null ? null : plainFacts({ action, comment, in_force: true });
      const want = { name, first: false, lockout: true, stated, ...namedBackend(backend) };
      return { want, stated: stated ?? {} };
    },
  },
});

function wanted(props: Asked): Want {
  const { action, comment, first, allow_lockout: lockout, backend, state } = props;
  const stated =
    state === "absent"
      ? null
      : plainFacts({ action, comment: backend === "firewalld" ? undefined : comment, in_force: true });
  return { name: ruleName(matchFrom(props)), first, lockout, stated, ...namedBackend(backend) };
}

/** Whether anything is let in or kept out otherwise than before. */
function decidesAnew({ stated }: Want, actual: RuleFacts | null): boolean {
  return stated === null ? actual !== null : actual?.action !== stated["action"] || actual?.in_force !== true;
}

const matches = new WeakMap<Asked, Match>();

function matchFrom(props: Asked): Match {
  const known = matches.get(props) ?? madeOf(props);
  matches.set(props, known);
  return known;
}

function madeOf({ direction, proto, port, from, from_port, to, interface: by, out_interface }: Asked): Match {
  return {
    direction,
    proto,
    port: portsIn(port),
    from: canonicalAddress(from) ?? "any",
    from_port: portsIn(from_port),
    to: canonicalAddress(to) ?? "any",
    interface: by,
    out_interface,
  };
}

function portsIn(given: readonly (string | number)[] | undefined): string {
  return given === undefined ? "any" : (canonicalPorts(given) ?? "any");
}

function matchIn(name: string): Match {
  const match = matchOf(name);
  if (match === null) throw new SlothError("E_FIREWALL", `'${name}' is no name of a rule`);
  return match;
}

function refuseOther({ name, stated }: Want, backend: Backend): void {
  if (stated === null) return;
  const fault = backend.fault({
    ...matchIn(name),
    action: actionOf(stated["action"]) ?? "allow",
    comment: commentIn(stated),
  });
  if (fault !== undefined) throw new SlothError("E_FIREWALL", fault);
}

function commentIn({ comment }: ValueObject): string | undefined {
  return typeof comment === "string" ? comment : undefined;
}

async function refuseCut({ name, first, stated }: Want, state: State, target: ReadSystem): Promise<void> {
  const before = soFar(state, target);
  const own = new Map<string, Action>();
  const action = actionOf(stated?.["action"]);
  if (action !== undefined) own.set(name, action);
  const others = new Map(before.rules);
  if (action === undefined) others.delete(name);
  const rules = first && !others.has(name) ? new Map([...own, ...others]) : new Map([...others, ...own]);
  await refuseLockout({ ...before, rules }, before, target);
}
