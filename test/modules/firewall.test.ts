import { expect, test } from "bun:test";
import fc from "fast-check";
import { utf8Text } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { canonicalAddress, isWithin } from "../../src/modules/firewall/_address.ts";
import { EMPTY, fileText, parseFile } from "../../src/modules/firewall/_nft-text.ts";
import { ACTIONS, canonicalPorts, matchOf, ruleName } from "../../src/modules/firewall/_rule.ts";
import { firewall } from "../../src/modules/firewall/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const FILE = "/etc/nftables-sloth-runner.conf";
const LIST = "nft list table inet sloth_runner";
const NONE = { exitCode: 1, stderr: "Error: No such file or directory\n" };

/** A machine whose kernel loads what nft is given. */
function machine(on: boolean, env: { readonly [name: string]: string } = {}, files: { [path: string]: string } = {}) {
  let table: string | null = on ? fileText(EMPTY) : null;
  const listed = (): string => (table ?? "").replace(/^#.*$/gm, "");
  const commands: FakeCommands = {
    [LIST]: () => (table === null ? NONE : listed()),
    [`nft -c -f ${FILE}.new`]: "",
    [`nft -f ${FILE}`]: (_options, system) => {
      table = utf8Text(system.readFile(FILE));
      return "";
    },
  };
  const system = new FakeSystem(commands, {}, { env, files: on ? { [FILE]: fileText(EMPTY), ...files } : files });
  return Object.assign(system, { flush: () => void (table = fileText(EMPTY)) });
}

function keep(system: FakeSystem, name: string, props: Value, mode: "apply" | "plan" = "apply") {
  const type = firewall.functions.find((each) => each.name === `firewall.${name}`);
  if (type?.form !== "resource") throw new Error(`${name} is no resource`);
  const on = { machine: system.asHost(mode), key: new Uint8Array(32), planning: mode === "plan" };
  return declare(type, props, { ...on, workflowDirectory: "/" });
}

const rulesIn = (system: FakeSystem): readonly string[] =>
  utf8Text(system.readFile(FILE))
    .split("\n")
    .flatMap((line) => /^\t\t# (.*)$/.exec(line)?.[1] ?? []);

test("a rule is written, checked, loaded where the table is, and found again", async () => {
  const system = machine(true);
  const ssh = { proto: "tcp", port: 22, from: "10.1.2.3/8", comment: "inside" };
  expect(await keep(system, "rule", ssh, "plan")).toMatchObject({ action: "create" });
  expect(system.ran).toEqual([]);
  expect(await keep(system, "rule", ssh)).toMatchObject({
    action: "create",
    names: ["in tcp 22 from 10.0.0.0/8 to any"],
  });
  expect(system.ran).toEqual([`nft -f ${FILE}`]);
  expect(rulesIn(system)).toEqual(["allow in tcp 22 from 10.0.0.0/8 to any # inside"]);
  expect(await keep(system, "rule", ssh)).toMatchObject({ changed: false });

  expect(await keep(system, "rule", { ...ssh, action: "reject" })).toMatchObject({ changes: [{ property: "action" }] });
  await keep(system, "rule", { action: "deny", from: "10.9.9.9", first: true });
  expect(rulesIn(system)).toEqual([
    "deny in any any from 10.9.9.9 to any",
    "reject in tcp 22 from 10.0.0.0/8 to any # inside",
  ]);
  expect(await keep(system, "rule", { ...ssh, state: "absent" })).toMatchObject({ action: "delete" });

  system.flush();
  expect(await keep(system, "rule", { action: "deny", from: "10.9.9.9" })).toMatchObject({
    changes: [{ property: "in_force", from: false, to: true }],
  });
});

test("what nft refuses is not there", async () => {
  const system = machine(true);
  const refusing = new FakeSystem(
    { [LIST]: "", [`nft -c -f ${FILE}.new`]: { exitCode: 1, stderr: "Error: syntax error\n" } },
    {},
    { files: { [FILE]: fileText(EMPTY) } },
  );
  expect(await refusal(keep(refusing, "rule", { port: 22 }))).toContain("syntax error");
  expect(utf8Text(refusing.readFile(FILE))).toBe(utf8Text(system.readFile(FILE)));
});

test("a file in which nothing is left is no file", async () => {
  const system = machine(false);
  await keep(system, "rule", { port: 22 });
  expect(rulesIn(system)).toEqual(["allow in any 22 from any to any"]);
  await keep(system, "policy", { incoming: "deny" });
  expect(await keep(system, "policy", { incoming: "deny" })).toMatchObject({ changed: false });
  await keep(system, "policy", { incoming: "allow" });
  await keep(system, "rule", { port: 22, state: "absent" });
  expect(system.stat(FILE)).toBeNull();
});

const BY_SSH = { SSH_CONNECTION: "10.0.0.5 40000 10.0.0.1 2222" };

test("what would cut off the connection by which we came is refused, unless that is said", async () => {
  const system = machine(true, BY_SSH);
  const cut = "E_LOCKOUT this would cut off 10.0.0.5, from where we are connected to port 2222";
  for (const mode of ["plan", "apply"] as const) {
    expect(await refusal(keep(system, "policy", { incoming: "deny" }, mode))).toContain(cut);
    expect(await refusal(keep(system, "rule", { action: "deny", from: "10.0.0.0/24" }, mode))).toContain(cut);
    expect(await refusal(keep(system, "rule", { action: "reject", proto: "tcp", port: "2000:3000" }, mode))).toContain(
      cut,
    );
  }
  expect(rulesIn(system)).toEqual([]);
  await keep(system, "rule", { action: "deny", proto: "udp", port: 2222 });
  await keep(system, "rule", { action: "deny", proto: "tcp", port: 2222, from: "10.0.1.0/24" });
  const ours = { proto: "tcp", port: 2222, from: "10.0.0.0/24", first: true };
  await keep(system, "rule", ours);
  await keep(system, "policy", { incoming: "deny" });
  expect(await refusal(keep(system, "rule", { ...ours, state: "absent" }))).toContain(cut);
  expect(await refusal(keep(system, "rule", { action: "deny", from: "10.0.0.5", first: true }))).toContain(cut);
  await keep(system, "rule", { ...ours, state: "absent", allow_lockout: true });
  // Cut off already: what does not make it worse is not refused.
  expect(await keep(system, "rule", { port: 80 })).toMatchObject({ changed: true });
});

test("in a plan, rules that are only planned let in too", async () => {
  const system = machine(true, BY_SSH);
  const type = (name: string) => firewall.functions.find((each) => each.name === name);
  const [rule, policy] = [type("firewall.rule"), type("firewall.policy")];
  if (rule?.form !== "resource" || policy?.form !== "resource") throw new Error("no resources");
  const on = { machine: system.asHost("plan"), key: new Uint8Array(32), planning: true, workflowDirectory: "/" };
  await declare(rule, { proto: "tcp", port: [80, 2222] }, on);
  expect(await declare(policy, { incoming: "deny" }, on)).toMatchObject({ changed: true });
  expect(system.stat(FILE)?.size).toBe(fileText(EMPTY).length);
});

test("who we came by is found behind sudo too, which hides it", async () => {
  const files = {
    "/proc/self/stat": "77 (sloth (x)) S 76 0\n",
    "/proc/self/environ": "HOME=/root\0",
    "/proc/76/stat": "76 (sudo) S 75 0\n",
    "/proc/76/environ": "A=b\0",
    "/proc/75/stat": "75 (bash) S 1 0\n",
    "/proc/75/environ": "A=b\0SSH_CONNECTION=::ffff:10.0.0.5 1 ::ffff:10.0.0.1 22\0",
  };
  const system = machine(true, {}, files);
  expect(await refusal(keep(system, "policy", { incoming: "reject" }))).toContain("cut off 10.0.0.5");
});

test("which firewall is meant is the one in use, else it is asked", async () => {
  const programs = ["nft", "ufw"];
  const both = (conf: string) => new FakeSystem({}, {}, { programs, files: { "/etc/ufw/ufw.conf": conf } });
  expect(await refusal(keep(both("ENABLED=no\n"), "rule", { port: 22 }))).toContain(
    'none is active, and nftables and ufw are there; say backend = "nftables"',
  );
  expect(await keep(both("ENABLED=yes\n"), "rule", { port: 22 }, "plan")).toMatchObject({ action: "create" });
  expect(await refusal(keep(new FakeSystem(), "rule", { port: 22 }))).toContain("there is no firewall on this machine");
  expect(await refusal(keep(new FakeSystem(), "rule", { port: 22, backend: "ufw" }))).toContain(
    "install the package ufw",
  );
});

test("an address has one form, and is within its networks and in no other", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, address, fc.nat(128), (one, other, length) => {
      const canonical = canonicalAddress(one) ?? "";
      expect(canonicalAddress(canonical)).toBe(canonical);
      const network = canonicalAddress(`${one}/${Math.min(length, one.includes(":") ? 128 : 32)}`) ?? "";
      expect(canonicalAddress(network)).toBe(network);
      expect(isWithin(canonical, network)).toBe(true);
      if (!network.includes("/"))
        expect(isWithin(canonicalAddress(other) ?? "", network)).toBe(canonicalAddress(other) === network);
    }),
    { seed: 7, numRuns: 300 },
  );
  expect(
    ["10.0.0.300", "10.0.0.1/33", "fe80::1%eth0", "10.0.0", "a.example", "", "::1/129", "10.0.0.1/"].map(
      canonicalAddress,
    ),
  ).toEqual(Array.from({ length: 8 }, () => undefined));
});

function nameAgain(name: string): string | null {
  const match = matchOf(name);
  return match === null ? null : ruleName(match);
}

test("what is written of rules and policies is read again, and a line that was changed is none", () => {
  const ports = fc.oneof(
    fc.constant("any"),
    fc
      .array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 20 })
      .map((list) => canonicalPorts(list) ?? "any"),
  );
  const side = fc.oneof(
    fc.constant("any"),
    fc.ipV6().map((ip) => canonicalAddress(ip) ?? "any"),
  );
  const match = fc.record({
    direction: fc.constantFrom("in" as const, "out" as const, "forward" as const),
    proto: fc.constantFrom("any" as const, "tcp" as const, "udp" as const),
    port: ports,
    from: side,
    from_port: ports,
    to: side,
    interface: fc.constantFrom("any", "eth0", "wlan0.5"),
  });
  const rules = fc.uniqueArray(
    fc.tuple(
      match,
      fc.constantFrom(...ACTIONS),
      fc.option(fc.stringMatching(/^[a-z]( ?[a-z]){0,9}$/), { nil: undefined }),
    ),
    { maxLength: 5, selector: ([one]) => ruleName({ ...one, out_interface: "any" }) },
  );
  const verdict = fc.constantFrom("allow", "deny", "reject");
  const policy = fc.record({ incoming: verdict, outgoing: verdict, forward: verdict });
  fc.assert(
    fc.property(rules, policy, (list, policy) => {
      const written = new Map(
        list.map(([one, action, comment]) => [ruleName({ ...one, out_interface: "any" }), { action, comment }]),
      );
      const text = fileText({ policy, rules: written });
      const read = parseFile(text);
      expect(read.policy).toEqual(policy);
      expect(Object.fromEntries(read.rules)).toEqual(Object.fromEntries(written));
      expect([...read.rules.keys()].map((name) => nameAgain(name))).toEqual([...read.rules.keys()]);
      const [first] = written.keys();
      if (first === undefined) return;
      const changed = text.replace(/^\t\t(?!#)(.*) comment "/m, '\t\t$1 counter comment "');
      expect(parseFile(changed).rules.size).toBe(written.size - 1);
    }),
    { seed: 11, numRuns: 100 },
  );
});

test.each([
  ["rule", { from: "10.0.0.300" }, "expected an address, a network, or 'any'"],
  ["rule", { to: "web.example.org" }, "expected an address, a network, or 'any'"],
  ["rule", { from: "10.0.0.1", to: "::1" }, "of two kinds, IPv4 and IPv6"],
  ["rule", { port: 0 }, "take numbers from 1 to 65535"],
  ["rule", { port: "90:80" }, "take numbers from 1 to 65535"],
  ["rule", { port: "ssh" }, "take numbers from 1 to 65535"],
  ["rule", { port: {} }, "take numbers from 1 to 65535"],
  ["rule", { port: 22, proto: "esp" }, "'port' is for tcp and udp"],
  ["rule", { port: 22, action: "alow" }, "did you mean 'allow'"],
  ["rule", { out_interface: "eth0" }, "is for direction 'forward'"],
  ["rule", { interface: "eth0; drop" }, "expected the name of an interface"],
  ["rule", { port: 22, comment: 'a" drop' }, "one line without"],
  ["policy", {}, "takes at least one of"],
  ["policy", { incoming: "drop" }, "expected one of 'allow', 'deny', 'reject'"],
])("firewall.%s refuses %p", async (name, props, said) => {
  expect(await refusal(keep(machine(true), name, props))).toContain(said);
});

test("nothing that is written needs a name that a machine may not know", async () => {
  const system = machine(true);
  for (const proto of ["icmp", "esp", "gre", "tcp", "udp"]) await keep(system, "rule", { proto });
  await keep(system, "rule", { port: 500 });
  const written = utf8Text(system.readFile(FILE));
  expect(written.match(/meta l4proto [^ {]+|meta l4proto \{[^}]*\}/g)).toEqual([
    "meta l4proto { 1, 58 }",
    "meta l4proto 50",
    "meta l4proto 47",
    "meta l4proto 6",
    "meta l4proto 17",
    "meta l4proto { 6, 17 }",
    "meta l4proto 58",
  ]);
});
