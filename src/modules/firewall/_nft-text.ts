import { digestOf } from "../../base/digest.ts";
import { toBytes } from "../../base/byte-text.ts";
import { familyOf } from "./_address.ts";
import type { Policy } from "./_backend.ts";
import { actionOf, matchOf, ruleName, type Action, type Match } from "./_rule.ts";

/** What the file says. */
export interface Written {
  readonly policy: Required<{ readonly [chain in keyof Policy]: string }>;
  readonly rules: ReadonlyMap<string, { readonly action: Action; readonly comment?: string | undefined }>;
}

export const TABLE = "sloth_runner";

const CHAINS = [
  ["incoming", "input", "in"],
  ["outgoing", "output", "out"],
  ["forward", "forward", "forward"],
] as const;

export const EMPTY: Written = { policy: { incoming: "allow", outgoing: "allow", forward: "allow" }, rules: new Map() };

/** A table of our own: replaced as a whole, so that there is no moment without it, and no other table is touched. */
export function fileText({ policy, rules }: Written): string {
  const chains = CHAINS.map(([name, chain, direction]) => {
    const own = [...rules].flatMap(([rule, { action, comment }]) => {
      const match = matchOf(rule);
      return match?.direction === direction ? [...headOf(rule, action, comment), ...ruleLines(match, action)] : [];
    });
    const last = policy[name] === "reject" ? ["reject with icmpx type admin-prohibited"] : [];
    const lines = [
      `type filter hook ${chain} priority filter; policy ${policy[name] === "allow" ? "accept" : "drop"};`,
      ...ALWAYS[chain],
      ...own,
      ...last,
    ];
    return `\tchain ${chain} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`;
  });
  return `${HEAD}table inet ${TABLE}\ndelete table inet ${TABLE}\ntable inet ${TABLE} {\n${chains.join("")}}\n`;
}

const HEAD = "# Kept by sloth-runner: firewall.rule and firewall.policy. Other tables are nobody's business here.\n";

/** Of protocols: nft knows their names from /etc/protocols, which not every machine has. */
const NUMBERS = { icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, ah: 51, icmpv6: 58 } as const;

/** What no network works without, as ufw lets it through too. */
const ALWAYS = {
  input: [
    "ct state established,related accept",
    'iifname "lo" accept',
    "icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept",
    "icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
    "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept",
    "udp sport 67 udp dport 68 accept",
    "ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept",
  ],
  output: ["ct state established,related accept", 'oifname "lo" accept', `meta l4proto ${NUMBERS.icmpv6} accept`],
  forward: ["ct state established,related accept"],
} as const;

/** Before its lines each rule stands in words, by which it is read again. */
function headOf(name: string, action: Action, comment: string | undefined): readonly string[] {
  return [`# ${action} ${name}${comment === undefined ? "" : ` # ${comment}`}`];
}

function ruleLines(match: Match, action: Action): readonly string[] {
  const conditions = conditionsOf(match);
  const tag = `comment "${tagOf(action, ruleName(match))}"`;
  const words = (...rest: readonly string[]): string => [...conditions, ...rest].join(" ");
  if (action === "deny") return [words("drop", tag)];
  if (action === "reject") return [words(match.proto === "tcp" ? "reject with tcp reset" : "reject", tag)];
  if (action === "allow") return [words("accept", tag)];
  const from = familyOf(match.from) || familyOf(match.to);
  const over = "limit rate over 12/minute burst 6 packets";
  const meters = ([4, 6] as const)
    .filter((family) => from === 0 || from === family)
    .map((family) => {
      const source = family === 4 ? "ip saddr" : "ip6 saddr";
      return words("ct state new", `meter m${family}_${shortOf(ruleName(match))} { ${source} ${over} }`, "drop");
    });
  return [...meters, words("accept", tag)];
}

function conditionsOf(match: Match): readonly string[] {
  const { direction, proto, port, from, from_port, to, interface: by, out_interface } = match;
  const conditions: string[] = [];
  if (by !== "any") conditions.push(`${direction === "out" ? "oifname" : "iifname"} "${by}"`);
  if (out_interface !== "any") conditions.push(`oifname "${out_interface}"`);
  if (from !== "any") conditions.push(`${familyOf(from) === 4 ? "ip" : "ip6"} saddr ${from}`);
  if (to !== "any") conditions.push(`${familyOf(to) === 4 ? "ip" : "ip6"} daddr ${to}`);
  const hasPort = port !== "any" || from_port !== "any";
  if (proto === "icmp") conditions.push(`meta l4proto { ${NUMBERS.icmp}, ${NUMBERS.icmpv6} }`);
  else if (proto !== "any" && !hasPort) conditions.push(`meta l4proto ${NUMBERS[proto]}`);
  else if (proto === "any" && hasPort) conditions.push(`meta l4proto { ${NUMBERS.tcp}, ${NUMBERS.udp} }`);
  const header = proto === "any" ? "th" : proto;
  if (from_port !== "any") conditions.push(`${header} sport ${portsOf(from_port)}`);
  if (port !== "any") conditions.push(`${header} dport ${portsOf(port)}`);
  return conditions;
}

function portsOf(ports: string): string {
  const list = ports.split(",").map((part) => part.replace(":", "-"));
  return list.length === 1 ? `${list[0]}` : `{ ${list.join(", ")} }`;
}

/** In the kernel a rule is known by its comment, which has room for 128 bytes. */
export function tagOf(action: Action, name: string): string {
  const words = `${action} ${name}`;
  return words.length <= MOST ? words : `${action} ${shortOf(name)}`;
}

const MOST = 120;

function shortOf(name: string): string {
  return digestOf(toBytes(name)).slice("sha256:".length, "sha256:".length + 16);
}

/** As it was written; a rule of which the lines are others than its words say is none. */
export function parseFile(text: string): Written {
  const lines = text.split("\n").map((line) => line.trim());
  const rules = new Map<string, { readonly action: Action; readonly comment?: string | undefined }>();
  for (const [index, line] of lines.entries()) {
    const [, word, name = "", comment] = /^# (\w+) (.*?)(?: # (.*))?$/.exec(line) ?? [];
    const [action, match] = [actionOf(word), matchOf(name)];
    if (action === undefined || match === null) continue;
    const own = ruleLines(match, action);
    if (own.every((each, at) => lines[index + 1 + at] === each)) rules.set(name, { action, comment });
  }
  return { policy: policyIn(text), rules };
}

/** Of a file, or as `nft list table` shows it. */
export function policyIn(text: string): Written["policy"] {
  const verdict = (chain: string): string => {
    const [, policy, body = ""] =
      new RegExp(`chain ${chain} \\{[^{}]*?policy (\\w+);([^]*?)\\n\\t\\}`).exec(text) ?? [];
    if (policy !== "drop") return "allow";
    return /\n\s*reject with icmpx[^\n]*admin-prohibited\s*$/.test(body) ? "reject" : "deny";
  };
  return { incoming: verdict("input"), outgoing: verdict("output"), forward: verdict("forward") };
}

/** Comments of the rules that the kernel has. */
export function tagsIn(listed: string): ReadonlySet<string> {
  return new Set(Array.from(listed.matchAll(/ comment "([^"]*)"$/gm), ([, tag = ""]) => tag));
}
