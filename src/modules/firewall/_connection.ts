import { toText } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { isObject } from "../../base/value.ts";
import type { ReadSystem } from "../../system/system.ts";
import { addresses } from "../_kit/machine.ts";
import { canonicalAddress, isWithin } from "./_address.ts";
import { VERDICTS, type Policy, type State } from "./_backend.ts";
import { actionOf, matchOf, portIsIn, type Action, type Match, type Rule } from "./_rule.ts";

/** Where the run came from: a client, and where it came to. */
interface Connection {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly interface: string | undefined;
}

/** What a firewall is to be. */
export interface Wanted {
  readonly rules: ReadonlyMap<string, Action>;
  readonly policy: Policy;
  readonly running: boolean;
  readonly more?: readonly Rule[] | undefined;
  readonly deniesFirst?: boolean | undefined;
}

/** What is there, with what earlier steps of a plan will have done to it. */
export function soFar(state: State, target: ReadSystem): Wanted {
  const rules = new Map([...state.rules].map(([name, { action }]) => [name, action]));
  for (const [name, facts] of target.allPredicted("firewall_rule")) {
    const action = isObject(facts) ? actionOf(facts["action"]) : undefined;
    if (action === undefined) rules.delete(name);
    else rules.set(name, action);
  }
  const policy = target.predicted("firewall_policy", "policy");
  const firewall = target.predicted("firewall", "firewall");
  return {
    rules,
    policy: { ...state.policy, ...(isObject(policy) && policyOf(policy)) },
    running: isObject(firewall) ? firewall["running"] === true : state.running,
    more: state.more,
    deniesFirst: state.deniesFirst,
  };
}

function policyOf(facts: { readonly [name: string]: unknown }): Policy {
  const verdict = (name: string) => VERDICTS.find((each) => each === facts[name]);
  return { incoming: verdict("incoming") };
}

/** Refuses what would let in no further connection such as the one by which we came. */
export async function refuseLockout(wanted: Wanted, before: Wanted, target: ReadSystem): Promise<void> {
  if (!wanted.running) return;
  const connection = await target.cached("ssh-connection", () => Promise.resolve(cameBy(target)));
  if (connection === null || isLetIn(connection, wanted) || (before.running && !isLetIn(connection, before))) return;
  const { client, port } = connection;
  const error = new SlothError(
    "E_LOCKOUT",
    `this would cut off ${client}, from where we are connected to port ${port}`,
    {
      hint: `allow it before: firewall.rule{ proto = "tcp", port = ${port}, from = "${client}" }, or say allow_lockout = true`,
    },
  );
  // A command that was not run may let us in; nothing else that is planned and not known here may.
  throw Object.assign(error, { isCertain: target.unknownBecause(KERNEL) === undefined });
}

/** No resource reaches it: what does may reach anything. */
const KERNEL = { kind: "path", name: "/proc/net" } as const;

/** The first rule that is about it decides, else the policy. */
function isLetIn(connection: Connection, { rules, more = [], policy, deniesFirst = false }: Wanted): boolean {
  const named = [...rules].map(([name, action]) => ({ match: matchOf(name), action }));
  const all = [...named, ...more.map((rule) => ({ match: rule, action: rule.action }))];
  const about = all.filter(({ match }) => match !== null && isAbout(match, connection)).map(({ action }) => action);
  const decides = deniesFirst ? (about.find((action) => !letsIn(action)) ?? about[0]) : about[0];
  return letsIn(decides ?? policy.incoming ?? "allow");
}

function letsIn(action: Action): boolean {
  return action === "allow" || action === "limit";
}

function isAbout(match: Match, { client, server, port, interface: by }: Connection): boolean {
  return (
    match.direction === "in" &&
    (match.proto === "any" || match.proto === "tcp") &&
    portIsIn(port, match.port) &&
    match.from_port === "any" &&
    isWithin(client, match.from) &&
    isWithin(server, match.to) &&
    (match.interface === "any" || match.interface === by)
  );
}

/** As sshd tells it to what it starts: ours, or of whoever started us, for sudo takes it away. null: we came by no network. */
function cameBy(target: ReadSystem): Connection | null {
  const said = target.env("SSH_CONNECTION") ?? ofAncestors(target);
  const [client = "", , server = "", port = ""] = said?.split(" ") ?? [];
  const [from, to] = [canonicalAddress(unmapped(client)), canonicalAddress(unmapped(server))];
  if (from === undefined || to === undefined || !/^\d+$/.test(port)) return null;
  const own = addresses().find(({ address }) => typeof address === "string" && canonicalAddress(address) === to);
  const by = own?.["interface"];
  return { client: from, server: to, port: Number(port), interface: typeof by === "string" ? by : undefined };
}

/** An IPv4 address as a socket of IPv6 shows it. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

const MOST_ANCESTORS = 64;

function ofAncestors(target: ReadSystem): string | undefined {
  let pid = "self";
  for (let count = 0; count < MOST_ANCESTORS && pid !== "1" && pid !== "0"; count++) {
    const [stat, environment] = [textOf(`/proc/${pid}/stat`, target), textOf(`/proc/${pid}/environ`, target)];
    const found = environment?.split("\0").find((one) => one.startsWith("SSH_CONNECTION="));
    if (found !== undefined) return found.slice("SSH_CONNECTION=".length);
    const parent = /^\d+ \([^]*\) \S (\d+)/.exec(stat ?? "")?.[1];
    if (parent === undefined) return undefined;
    pid = parent;
  }
  return undefined;
}

/** undefined: it has ended, or is not ours to look at. */
function textOf(path: string, target: ReadSystem): string | undefined {
  try {
    return target.stat(path) === null ? undefined : toText(target.readFile(path));
  } catch (error) {
    if (error instanceof SlothError) return undefined;
    throw error;
  }
}
