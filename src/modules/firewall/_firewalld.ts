import { utf8Text } from "../../base/byte-text.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { canonicalAddress, familyOf } from "./_address.ts";
import type { Backend, Policy, Standing, State } from "./_backend.ts";
import { canonicalPorts, matchOf, ruleName, type Action, type Match, type Rule } from "./_rule.ts";

/** Rich rules of the default zone, both kept for the next boot and in force. */
export const firewalld: Backend = {
  name: "firewalld",
  program: "firewall-cmd",
  package: "firewalld",
  isActive: (target) => target.lstat(RUNNING) !== null || (target.lstat(WANTED) !== null && !isMasked(target)),
  look: (target) => target.cached("firewall:firewalld", () => look(target)),

  fault({ direction, port, from_port, interface: by, proto, action }) {
    if (direction !== "in") return "firewalld's rules of a zone are for what comes in";
    if (by !== "any") return "firewalld knows interfaces by their zones";
    if (port !== "any" && from_port !== "any") return "firewalld takes either 'port' or 'from_port'";
    if (proto === "any" && port === "any" && from_port === "any" && action === "limit")
      return "'limit' needs a protocol or a port";
    return undefined;
  },
  policyFault: ({ outgoing, forward }) =>
    outgoing === undefined && forward === undefined
      ? undefined
      : "firewalld's zones have a policy for what comes in alone",

  async setRule(rule, first, target) {
    const { action, comment: _none, ...match } = rule;
    const running = isRunning(target);
    const other = (await permanentRules(target)).get(ruleName(match))?.action;
    if (other !== undefined && other !== action) await this.removeRule(match, other, target);
    for (const text of richRules(match, action, first)) await both(`--add-rich-rule=${text}`, running, target);
  },

  async removeRule(match, action, target) {
    const running = isRunning(target);
    const name = ruleName(match);
    const permanent = (await permanentRules(target)).get(name)?.texts ?? [];
    const runtime = running ? (await runtimeRules(target)).get(name)?.texts : undefined;
    const texts = new Set([...permanent, ...(runtime ?? richRules(match, action, false))]);
    for (const text of texts) await both(`--remove-rich-rule=${text}`, running, target);
  },

  async setPolicy({ incoming }, target) {
    if (incoming === undefined) return;
    const running = isRunning(target);
    await run(kept(running, `--set-target=${TARGETS[incoming]}`), target);
    if (running) await run(["firewall-cmd", "--quiet", "--reload"], target);
  },

  async setEnabled(running, boot, target) {
    await run(["systemctl", "--quiet", boot ? "enable" : "disable", "firewalld.service"], target);
    await run(["systemctl", "--quiet", running ? "start" : "stop", "firewalld.service"], target);
  },
};

/** Of every unit that is at work systemd keeps such a link. */
const RUNNING = "/run/systemd/units/invocation:firewalld.service";
const WANTED = "/etc/systemd/system/multi-user.target.wants/firewalld.service";
const TARGETS = { allow: "ACCEPT", deny: "DROP", reject: "default" } as const;

interface Rich {
  readonly action: Action;
  readonly texts: readonly string[];
}

type RichRules = ReadonlyMap<string, Rich>;

function isMasked(target: ReadSystem): boolean {
  const unit = target.lstat("/etc/systemd/system/firewalld.service");
  return unit !== null && (unit.size === 0 || unit.type === "link");
}

async function look(target: ReadSystem): Promise<State> {
  const running = isRunning(target);
  const all = await ask(kept(running, "--list-all"), target);
  const permanent = parseRules(/^\s*rich rules: ?\n([^]*)$/m.exec(all)?.[1] ?? "");
  const runtime = running ? await runtimeRules(target) : undefined;
  const isIn = (name: string, action: Action): boolean => runtime?.get(name)?.action === action;
  const rules = [...permanent].map(([name, { action }]): readonly [string, Standing] => [
    name,
    { action, inForce: isIn(name, action) },
  ]);
  const line = (name: string): string => new RegExp(`^\\s*${name}: (.*)$`, "m").exec(all)?.[1]?.trim() ?? "";
  return {
    rules: new Map(rules),
    policy: policyOf(line("target")),
    running,
    boot: target.lstat(WANTED) !== null,
    deniesFirst: true,
    more: openTo(line("services"), line("ports")),
  };
}

/** What is neither dropped nor let in is rejected. */
function policyOf(word: string): Policy {
  const known = { ACCEPT: "allow", DROP: "deny" } as const;
  return { incoming: word === "ACCEPT" || word === "DROP" ? known[word] : "reject" };
}

/** What a zone lets in beside its rich rules; of services only ssh matters to us. */
function openTo(services: string, ports: string): readonly Rule[] {
  const all = [...(services.split(/\s+/).includes("ssh") ? ["22/tcp"] : []), ...ports.trim().split(/\s+/)];
  return all.flatMap((one) => {
    const [range = "", proto] = one.split("/");
    const port = canonicalPorts(range);
    const match = port === undefined ? null : matchOf(`in ${proto} ${port} from any to any`);
    return match === null ? [] : [{ ...match, action: "allow" as const }];
  });
}

async function permanentRules(target: ReadSystem): Promise<RichRules> {
  return parseRules(await ask(kept(isRunning(target), "--list-rich-rules"), target));
}

async function runtimeRules(target: ReadSystem): Promise<RichRules> {
  return parseRules(await ask(["firewall-cmd", "--list-rich-rules"], target));
}

function isRunning(target: ReadSystem): boolean {
  return target.lstat(RUNNING) !== null;
}

/** What is kept is kept without the daemon too. */
function kept(running: boolean, ...words: readonly string[]): Argv {
  return running ? ["firewall-cmd", "--permanent", ...words] : ["firewall-offline-cmd", ...words];
}

function richRules(match: Match, action: Action, first: boolean): readonly string[] {
  const { proto, port, from, from_port, to } = match;
  const family = familyOf(from) || familyOf(to);
  const head = [
    `rule${first ? ' priority="-1"' : ""}`,
    ...(family === 0 ? [] : [`family="ipv${family}"`]),
    ...(from === "any" ? [] : [`source address="${from}"`]),
    ...(to === "any" ? [] : [`destination address="${to}"`]),
  ];
  const verdict = { allow: "accept", deny: "drop", reject: "reject", limit: 'accept limit value="6/m"' }[action];
  const [ports, word] = port === "any" ? [from_port, "source-port"] : [port, "port"];
  const protocols = proto === "any" ? ["tcp", "udp"] : [proto];
  const elements =
    ports === "any"
      ? proto === "any"
        ? [""]
        : [`protocol value="${proto}"`]
      : ports
          .split(",")
          .flatMap((one) => protocols.map((each) => `${word} port="${one.replace(":", "-")}" protocol="${each}"`));
  return elements.map((element) => [...head, element, verdict].filter((part) => part !== "").join(" "));
}

/** Rules that are one of ours, whole; several rich rules are one where it names several ports or both protocols. */
function parseRules(text: string): RichRules {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const parts = lines.flatMap((line) => partOf(line) ?? []);
  const found = new Map<string, Rich>();
  const groups = Map.groupBy(parts, ({ from, to, word, action }) => `${from} ${to} ${word} ${action}`);
  for (const group of groups.values()) for (const [name, rich] of joined(group)) found.set(name, rich);
  return found;
}

interface Part {
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly word: string;
  readonly proto: string;
  readonly port: string;
  readonly action: Action;
}

function partOf(text: string): Part | null {
  const value = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const action = /limit value/.test(text)
    ? "limit"
    : { accept: "allow", drop: "deny", reject: "reject" }[value(/ (accept|drop|reject)\b/) ?? ""];
  const known = (["allow", "deny", "reject", "limit"] as const).find((each) => each === action);
  const from = canonicalAddress(value(/source address="([^"]+)"/) ?? "any");
  const to = canonicalAddress(value(/destination address="([^"]+)"/) ?? "any");
  if (
    known === undefined ||
    from === undefined ||
    to === undefined ||
    / (service|log|audit|mark|masquerade|icmp-\w+) /.test(text)
  )
    return null;
  const word = / source-port /.test(text) ? "source-port" : / port port=/.test(text) ? "port" : "";
  const proto = value(/protocol="([^"]+)"/) ?? value(/protocol value="([^"]+)"/) ?? "any";
  return {
    text,
    from,
    to,
    word,
    proto,
    port: canonicalPorts(value(/port="([^"]+)"/) ?? "any") ?? "any",
    action: known,
  };
}

/** Each as a rule of its own, those of tcp and udp together as one of any, and all ports of a protocol as one. */
function joined(parts: readonly Part[]): readonly (readonly [string, Rich])[] {
  const [first] = parts;
  if (first === undefined) return [];
  const { from, to, word, action } = first;
  const rule = (proto: string, port: string, own: readonly Part[]): readonly [string, Rich] => {
    const side = word === "source-port" ? `any from ${from} port ${port} to ${to}` : `${port} from ${from} to ${to}`;
    return [`in ${proto} ${side}`, { action, texts: own.map(({ text }) => text) }];
  };
  const all = parts.map((part) => rule(part.proto, part.port, [part]));
  for (const own of Map.groupBy(parts, ({ port }) => port).values())
    if (word !== "" && own.some(({ proto }) => proto === "tcp") && own.some(({ proto }) => proto === "udp"))
      all.push(rule("any", own[0]?.port ?? "any", own));
  for (const [proto, own] of Map.groupBy(parts, (part) => part.proto))
    if (own.length > 1) all.push(rule(proto, canonicalPorts(own.map(({ port }) => port)) ?? "any", own));
  return all;
}

async function both(option: string, running: boolean, target: System): Promise<void> {
  await run(kept(running, option), target);
  if (running) await run(["firewall-cmd", option], target);
}

async function ask(argv: Argv, target: ReadSystem): Promise<string> {
  return utf8Text((await target.query(argv, C)).stdout);
}

/** What is there or gone already is only warned of. */
async function run(argv: Argv, target: System): Promise<void> {
  requireRoot(target, "system files");
  mustSucceed(argv, await target.run(argv, C));
}

const C = { env: { LC_ALL: "C" } };
