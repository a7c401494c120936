import { utf8Text } from "../../base/byte-text.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { canonicalAddress } from "./_address.ts";
import { VERDICTS, type Backend, type Policy, type Standing, type State } from "./_backend.ts";
import { actionOf, canonicalPorts, DIRECTIONS, PROTOCOLS, ruleName, type Action, type Match } from "./_rule.ts";

/** Rules are read where ufw keeps them, for asking it takes a fifth of a second each time, and changed by its own words. */
export const ufw: Backend = {
  name: "ufw",
  program: "ufw",
  package: "ufw",
  isActive: (target) => isOn(target),
  look: (target) => target.cached("firewall:ufw", () => look(target)),

  fault({ proto, port, from_port, comment = "" }) {
    if (proto === "icmp") return "ufw has no rules for icmp";
    if (proto === "any" && [port, from_port].some((ports) => /[,:]/.test(ports)))
      return "ufw takes several ports only with a protocol, tcp or udp";
    return comment.includes("'") ? "ufw takes no quote in a comment" : undefined;
  },
  policyFault: () => undefined,

  async setRule({ action, comment, ...match }, first, target) {
    const said = comment === undefined ? [] : ["comment", comment];
    await run(["ufw", ...routed(match), ...(first ? ["prepend"] : []), ...words(match, action), ...said], target);
  },
  removeRule: (match, action, target) => run(["ufw", ...routed(match), "delete", ...words(match, action)], target),

  async setPolicy(policy, target) {
    for (const [name, , direction] of POLICIES) {
      const verdict = policy[name];
      if (verdict !== undefined) await run(["ufw", "default", verdict, direction], target);
    }
  },

  setEnabled: (running, _boot, target) => run(["ufw", "--force", running ? "enable" : "disable"], target),
};

const POLICIES = [
  ["incoming", "INPUT", "incoming"],
  ["outgoing", "OUTPUT", "outgoing"],
  ["forward", "FORWARD", "routed"],
] as const;

async function look(target: ReadSystem): Promise<State> {
  const text = textOf("/etc/default/ufw", target);
  const six = /^IPV6=["']?yes/im.test(text);
  const four = tuplesIn(textOf("/etc/ufw/user.rules", target));
  const other = tuplesIn(textOf("/etc/ufw/user6.rules", target));
  const standing = (name: string): Standing | undefined => {
    const [a, b] = [four.get(name), other.get(name)];
    return six && isOfBoth(name) && (a === undefined || b === undefined) ? undefined : (a ?? b);
  };
  const names = [...new Set([...four.keys(), ...other.keys()])];
  const rules = names.flatMap((name) => {
    const found = standing(name);
    return found === undefined ? [] : [[name, found] as const];
  });
  const running = isOn(target) && (await isLoaded(target));
  return { rules: new Map(rules), policy: policyIn(text), running, boot: isOn(target) };
}

/** It names no address, so that it is one of each. */
function isOfBoth(name: string): boolean {
  return / from any (port \S+ )?to any/.test(name);
}

function policyIn(text: string): Policy {
  const verdict = (chain: string) => {
    const word = new RegExp(`^DEFAULT_${chain}_POLICY=["']?(\\w+)`, "m").exec(text)?.[1] ?? "";
    return VERDICTS.find((each) => each === { ACCEPT: "allow", DROP: "deny", REJECT: "reject" }[word]);
  };
  const [incoming, outgoing, forward] = POLICIES.map(([, chain]) => verdict(chain));
  return { incoming, outgoing, forward };
}

/** `### tuple ### [route:]ACTION PROTO DPORT TO SPORT FROM [APPS] DIRECTION[_INTERFACE] [comment=HEX]` */
function tuplesIn(text: string): ReadonlyMap<string, Standing> {
  const rules = new Map<string, Standing>();
  for (const line of text.split("\n")) {
    const [, words] = /^### tuple ### (.*)$/.exec(line) ?? [];
    if (words === undefined) continue;
    const comment = / comment=([0-9a-f]+)$/.exec(words)?.[1];
    const [verb = "", proto = "", port = "", to = "", fromPort = "", from = "", ...rest] = words
      .replace(/ comment=.*$/, "")
      .split(" ");
    const match = matchIn({ verb, proto, port, to, fromPort, from, way: rest.at(-1) ?? "in" });
    const action = actionOf(verb.replace(/^route:/, "").replace(/_log(-all)?$/, ""));
    if (match === null || action === undefined) continue;
    rules.set(ruleName(match), {
      action,
      comment: comment === undefined ? undefined : Buffer.from(comment, "hex").toString("utf8"),
      inForce: true,
    });
  }
  return rules;
}

interface Tuple {
  readonly verb: string;
  readonly proto: string;
  readonly port: string;
  readonly to: string;
  readonly fromPort: string;
  readonly from: string;
  readonly way: string;
}

function matchIn({ verb, proto: word, port, to, fromPort, from, way }: Tuple): Match | null {
  const proto = PROTOCOLS.find((each) => each === word);
  const ways = way.split("!").map((one) => /^(in|out)(?:_(.*))?$/.exec(one));
  const by = (direction: string): string => ways.find((one) => one?.[1] === direction)?.[2] ?? "any";
  const direction = verb.startsWith("route:") ? "forward" : DIRECTIONS.find((each) => each === ways[0]?.[1]);
  const addresses = [from, to].map((one) => (/^(0\.0\.0\.0|::)\/0$/.test(one) ? "any" : canonicalAddress(one)));
  const ports = [port, fromPort].map(canonicalPorts);
  if (proto === undefined || direction === undefined || ports.includes(undefined) || addresses.includes(undefined))
    return null;
  return {
    direction,
    proto,
    port: ports[0] ?? "any",
    from_port: ports[1] ?? "any",
    from: addresses[0] ?? "any",
    to: addresses[1] ?? "any",
    interface: direction === "out" ? by("out") : by("in"),
    out_interface: direction === "forward" ? by("out") : "any",
  };
}

function routed({ direction }: Match): readonly string[] {
  return direction === "forward" ? ["route"] : [];
}

function words(match: Match, action: Action): readonly string[] {
  const { direction, proto, port, from, from_port, to, interface: by, out_interface } = match;
  return [
    action,
    ...(direction === "forward" ? [] : [direction]),
    ...(by === "any" ? [] : [...(direction === "forward" ? ["in"] : []), "on", by]),
    ...(out_interface === "any" ? [] : ["out", "on", out_interface]),
    "from",
    from,
    ...(from_port === "any" ? [] : ["port", from_port]),
    "to",
    to,
    ...(port === "any" ? [] : ["port", port]),
    ...(proto === "any" ? [] : ["proto", proto]),
  ];
}

function isOn(target: ReadSystem): boolean {
  return /^ENABLED=["']?yes/im.test(textOf("/etc/ufw/ufw.conf", target));
}

/** In the kernel too. Where there is no iptables to ask, its own word counts. */
async function isLoaded(target: ReadSystem): Promise<boolean> {
  if (target.which("iptables") === null || target.euid !== 0) return true;
  return (await target.query(["iptables", "-n", "-L", "ufw-user-input"], C)).exitCode === 0;
}

function textOf(path: string, target: ReadSystem): string {
  return target.stat(path)?.type === "file" ? utf8Text(target.readFile(path)) : "";
}

async function run(argv: Argv, target: System): Promise<void> {
  requireRoot(target, "system files");
  mustSucceed(argv, await target.run(argv, C));
}

const C = { env: { LC_ALL: "C" } };
