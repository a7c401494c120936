import { toBytes, utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import type { Backend, Policy, State } from "./_backend.ts";
import { EMPTY, fileText, parseFile, policyIn, TABLE, tagOf, tagsIn, type Written } from "./_nft-text.ts";
import { ruleName } from "./_rule.ts";

const FILE = "/etc/nftables-sloth-runner.conf";
const SERVICE = "sloth-runner-firewall.service";
const UNIT = `/etc/systemd/system/${SERVICE}`;

/** A table of our own, in a file of its own, which a unit of its own loads at boot. */
export const nftables: Backend = {
  name: "nftables",
  program: "nft",
  package: "nftables",
  isActive: (target) => target.lstat(FILE) !== null,
  look: (target) => target.cached("firewall:nftables", () => look(target)),
  fault: () => undefined,
  policyFault: () => undefined,

  async setRule({ action, comment, ...match }, first, target) {
    const written = read(target);
    const name = ruleName(match);
    const rule = [name, { action, comment: comment === "" ? undefined : comment }] as const;
    const stays = written.rules.has(name);
    const others = [...written.rules].filter(([other]) => stays || other !== name);
    const rules = new Map(first && !stays ? [rule, ...others] : [...others, rule]);
    await write({ ...written, rules }, target);
  },

  async removeRule(match, _action, target) {
    const written = read(target);
    const rules = new Map(written.rules);
    rules.delete(ruleName(match));
    await write({ ...written, rules }, target);
  },

  async setPolicy({ incoming, outgoing, forward }, target) {
    const written = read(target);
    const { policy } = written;
    const wanted = {
      incoming: incoming ?? policy.incoming,
      outgoing: outgoing ?? policy.outgoing,
      forward: forward ?? policy.forward,
    };
    await write({ ...written, policy: wanted }, target);
  },

  async setEnabled(running, boot, target) {
    if (target.stat("/run/systemd/system") === null)
      throw new SlothError("E_FIREWALL", "the table of nftables is loaded at boot by systemd, which does not run here");
    if (running || boot) await ready(target);
    const verbs =
      running === boot
        ? [[boot ? "enable" : "disable", "--now"]]
        : [[boot ? "enable" : "disable"], [running ? "start" : "stop"]];
    if (target.lstat(UNIT) !== null)
      for (const verb of verbs) await run(["systemctl", "--quiet", ...verb, SERVICE], target);
    // What was flushed under it: the unit has not noticed.
    if (running && !(await isLoaded(target))) await run(["systemctl", "restart", SERVICE], target);
    if (!running && (await isLoaded(target))) await run(["nft", "delete", "table", "inet", TABLE], target);
    if (!running && !boot) await away(target);
  },
};

async function look(target: ReadSystem): Promise<State> {
  const written = read(target);
  const listed = await loaded(target);
  const tags = listed === null ? null : tagsIn(listed);
  const rules = [...written.rules].map(([name, { action, comment }]) => {
    return [name, { action, comment, inForce: tags?.has(tagOf(action, name)) ?? false }] as const;
  });
  return {
    rules: new Map(rules),
    policy: verdicts(written.policy),
    policyInForce: listed === null ? undefined : verdicts(policyIn(listed)),
    running: listed !== null,
    boot: target.lstat(`/etc/systemd/system/sysinit.target.wants/${SERVICE}`) !== null && target.stat(UNIT) !== null,
  };
}

function verdicts(policy: Written["policy"]): Policy {
  const one = (word: string) => (["allow", "deny", "reject"] as const).find((verdict) => verdict === word);
  return { incoming: one(policy.incoming), outgoing: one(policy.outgoing), forward: one(policy.forward) };
}

/** What the kernel has of our table; null: it has none. */
async function loaded(target: ReadSystem): Promise<string | null> {
  if (target.which("nft") === null) return null;
  const { exitCode, stdout, stderr } = await target.query(["nft", "list", "table", "inet", TABLE], C);
  if (exitCode === 0) return utf8Text(stdout);
  const said = utf8Text(stderr);
  if (/No such file or directory/.test(said)) return null;
  const hint = target.euid === 0 ? undefined : "run it with sudo";
  throw new SlothError("E_FIREWALL", `nft cannot be asked: ${said.trim().split("\n")[0] ?? ""}`, { hint });
}

async function isLoaded(target: ReadSystem): Promise<boolean> {
  return (await loaded(target)) !== null;
}

function read(target: ReadSystem): Written {
  return target.stat(FILE)?.type === "file" ? parseFile(utf8Text(target.readFile(FILE))) : EMPTY;
}

/** Checked by nft before it is there, and loaded at once where the table is. A table that says nothing has no file. */
async function write(written: Written, target: System): Promise<void> {
  requireRoot(target, "system files");
  const on = await isLoaded(target);
  const text = fileText(written);
  if (text === fileText(EMPTY) && !on && target.lstat(UNIT) === null) {
    if (target.lstat(FILE) !== null) target.unlink(FILE);
    return;
  }
  await target.writeFile(FILE, toBytes(text), { mode: 0o600, validate: ["nft", "-c", "-f", "%s"] });
  if (on) await run(["nft", "-f", FILE], target);
}

async function ready(target: System): Promise<void> {
  requireRoot(target, "unit files");
  if (target.stat(FILE) === null) await target.writeFile(FILE, toBytes(fileText(EMPTY)), { mode: 0o600 });
  const text = unitText(target.which("nft") ?? "/usr/sbin/nft");
  const isThere = target.stat(UNIT)?.type === "file" && utf8Text(target.readFile(UNIT)) === text;
  if (isThere) return;
  await target.writeFile(UNIT, toBytes(text), { mode: 0o644 });
  await run(["systemctl", "daemon-reload"], target);
}

async function away(target: System): Promise<void> {
  if (target.lstat(UNIT) !== null) {
    target.unlink(UNIT);
    await run(["systemctl", "daemon-reload"], target);
  }
  if (target.stat(FILE) !== null && fileText(read(target)) === fileText(EMPTY)) target.unlink(FILE);
}

/** Before the network is up, and after what flushes all tables. */
function unitText(nft: string): string {
  return `[Unit]
Description=Firewall kept by sloth-runner
DefaultDependencies=no
RequiresMountsFor=${FILE}
After=nftables.service
PartOf=nftables.service
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${nft} -f ${FILE}
ExecReload=${nft} -f ${FILE}
ExecStop=-${nft} delete table inet ${TABLE}

[Install]
WantedBy=sysinit.target
`;
}

async function run(argv: Argv, target: System): Promise<void> {
  mustSucceed(argv, await target.run(argv, C));
}

const C = { env: { LC_ALL: "C" } };
