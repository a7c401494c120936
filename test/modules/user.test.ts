import { expect, test } from "bun:test";
import type { AnyResource, ModuleDefinition } from "../../src/engine/resource.ts";
import type { Value } from "../../src/base/value.ts";
import { group } from "../../src/modules/group/index.ts";
import { user } from "../../src/modules/user/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeAnswer, type FakeCommands } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";
import { ask } from "./_machine.ts";

// As Debian 12 has them.
const FILES = {
  "/etc/passwd": `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ana:x:1000:1000:Ana,Room 3,,:/home/ana:/bin/bash
svc:x:998:998::/nonexistent:/usr/sbin/nologin
`,
  "/etc/shadow": `root:*:19800:0:99999:7:::
daemon:*:19800:0:99999:7:::
ana:$y$j9T$salt$hash:19800:0:99999:7::22279:
svc:!:19800::::::
`,
  "/etc/group": `root:x:0:
adm:x:4:ana
sudo:x:27:ana
ana:x:1000:
svc:x:998:
`,
  "/home/ana/.ssh/authorized_keys": "# mine\n\nssh-ed25519 AAAA ana@laptop\r\nssh-rsa BBBB\n",
};
const HASH = "$6$salt$hash";

/** A command that puts a line in place of the one of that name, or at the end. */
const setLine =
  (path: string, line: string, without = line): FakeAnswer =>
  async (_options, system) => {
    const name = `${without.split(":")[0]}:`;
    const lines = Buffer.from(system.readFile(path)).toString().split("\n");
    const others = lines.filter((one) => one !== "" && !one.startsWith(name));
    await system.writeFile(path, Buffer.from(`${[...others, line].join("\n").trim()}\n`), {});
    return "";
  };

const fake = (commands: FakeCommands = {}, euid = 0): FakeSystem =>
  new FakeSystem(commands, {}, { files: FILES, programs: ["useradd"], euid });

const type = (module: ModuleDefinition, name: string): AnyResource => {
  const found = module.functions.find((fn) => fn.name === name);
  if (found?.form !== "resource") throw new Error(`${name} is no resource`);
  return found;
};

type Keep = (name: string, props: Value) => ReturnType<typeof declare>;

/** Declares on that machine, call after call; a plan keeps its overlay. */
function keeping(system: FakeSystem, mode: "apply" | "plan" = "apply"): Keep {
  const machine = system.asHost(mode);
  const on = { machine, key: machine.key, planning: mode === "plan", workflowDirectory: "/" };
  return (name, props) => declare(type(name.startsWith("user") ? user : group, name), props, on);
}

test("what there is to know of a user, for root and for others", async () => {
  const ana = await ask(user, "user.info", { name: "ana" }, fake());
  expect(ana).toEqual({
    name: "ana",
    uid: 1000,
    group: "ana",
    groups: ["adm", "sudo"],
    home: "/home/ana",
    comment: "Ana,Room 3,,",
    shell: "/bin/bash",
    locked: false,
    expires: "2030-12-31",
    authorized_keys: ["ssh-ed25519 AAAA ana@laptop", "ssh-rsa BBBB"],
  });
  expect(await ask(user, "user.info", { name: "svc" }, fake())).toMatchObject({ locked: true, expires: "never" });
  expect(await ask(user, "user.info", { name: "ana" }, fake({}, 1000))).not.toHaveProperty("locked");
  expect(await ask(user, "user.info", { name: "no" }, fake())).toBe(null);
  expect(await ask(user, "user.exists", { name: "daemon" }, fake())).toBe(true);
  expect(await ask(user, "user.exists", { name: "no" }, fake())).toBe(false);
});

test("a user is made with one useradd, the hash goes by standard input", async () => {
  const given: unknown[] = [];
  const system = fake({
    "useradd -u 1500 -g ana -d /srv/bea -s /bin/zsh -c Bea -m -- bea": setLine(
      "/etc/passwd",
      "bea:x:1500:1000:Bea:/srv/bea:/bin/zsh",
    ),
    "chpasswd -e": ({ stdin }) => {
      given.push(stdin);
      return setLine("/etc/shadow", `bea:${HASH}:19800::::::`);
    },
  });
  const keep = keeping(system);
  const props = {
    name: "bea",
    uid: 1500,
    group: "1000",
    home: "/srv/bea/",
    shell: "/bin/zsh",
    comment: "Bea",
    password_hash: HASH,
  };
  const made = await keep("user.ensure", props);
  expect(made).toMatchObject({ action: "create", changed: true });
  expect(system.ran).toHaveLength(2);
  expect(given).toEqual([`bea:${HASH}\n`]);
  expect(JSON.stringify(made)).not.toContain("salt");
  expect(await keep("user.ensure", props)).toMatchObject({ action: "none", changed: false });
  expect(await keep("user.create", { ...props, shell: "/bin/sh" })).toMatchObject({ changed: false });
});

test("only what differs is handed to usermod", async () => {
  const line = "ana:x:1000:1000:Ana,Room 3,,:/home/ana:/bin/zsh";
  const system = fake({ "usermod -s /bin/zsh -- ana": setLine("/etc/passwd", line) });
  const props = { name: "ana", shell: "/bin/zsh", comment: "Ana,Room 3,,", groups: ["sudo", "adm"] };
  const { changes } = await keeping(system)("user.modify", props);
  expect(changes).toEqual([{ property: "shell", from: "/bin/bash", to: "/bin/zsh" }]);
});

test("a plan runs nothing, and later calls see what it predicts", async () => {
  const system = fake();
  const keep = keeping(system, "plan");
  expect(await keep("user.create", { name: "bea", shell: "/bin/zsh" })).toMatchObject({ action: "create" });
  expect(await keep("user.modify", { name: "bea", shell: "/bin/zsh" })).toMatchObject({ changed: false });
  expect(await keep("user.modify", { name: "bea", shell: "/bin/sh" })).toMatchObject({ action: "update" });
  expect(await keep("user.delete", { name: "ana" })).toMatchObject({ action: "delete" });
  expect(await keep("user.delete", { name: "ana" })).toMatchObject({ changed: false });
  expect(system.ran).toEqual([]);
});

test("a tool that fails is quoted, and what was half made is taken back", async () => {
  const system = fake({
    "useradd -m -- bea": setLine("/etc/passwd", "bea:x:1500:1500::/home/bea:/bin/sh"),
    "userdel -- bea": setLine("/etc/passwd", "", "bea"),
    "chpasswd -e": { exitCode: 1, stderr: "chpasswd: (line 1, user bea) password not changed\n" },
    "groupadd -- crew": { exitCode: 10, stderr: "groupadd: cannot lock /etc/group; try again later.\n" },
  });
  const keep = keeping(system);
  const create = keep("user.create", { name: "bea", password_hash: HASH });
  expect(await refusal(create)).toContain("password not changed");
  expect(system.ran.at(-1)).toBe("userdel -- bea");
  expect(await refusal(keep("group.create", { name: "crew" }))).toContain("cannot lock /etc/group");
});

test("whoever is not root is told so before anything runs", async () => {
  const system = fake({}, 1000);
  const keep = keeping(system);
  expect(await refusal(keep("user.modify", { name: "ana", shell: "/bin/sh" }))).toContain("takes root");
  expect(await refusal(keep("group.create", { name: "crew" }))).toContain("takes root");
  expect(system.ran).toEqual([]);
});

test("a group's number is kept where it is stated", async () => {
  const system = fake({
    "groupadd -g 2000 -r -- crew": setLine("/etc/group", "crew:x:2000:"),
    "groupmod -g 2001 -- crew": setLine("/etc/group", "crew:x:2001:"),
    "groupdel -- crew": setLine("/etc/group", "", "crew"),
  });
  const keep = keeping(system);
  expect(await keep("group.create", { name: "crew", gid: 2000, system: true })).toMatchObject({ action: "create" });
  expect(await keep("group.create", { name: "crew" })).toMatchObject({ changed: false });
  expect(await keep("group.create", { name: "crew", gid: 2001 })).toMatchObject({ action: "update" });
  expect(await keep("group.delete", { name: "crew" })).toMatchObject({ action: "delete" });
  expect(await keep("group.delete", { name: "crew" })).toMatchObject({ changed: false });
});

test("mistakes are told by field", async () => {
  const keep = keeping(fake());
  const cases: readonly (readonly [Value, string])[] = [
    [{ name: "a b" }, "'name' is 'a b'"],
    [{ name: "1000" }, "'name' is '1000'"],
    [{ name: "a", shell: "/bin/sh:x" }, "'shell' is"],
    [{ name: "a", home: "home" }, "'home' must be an absolute path"],
    [{ name: "a", expires: "tomorrow" }, "'expires' is 'tomorrow'"],
    [{ name: "a", password_hash: "hunter2" }, "'password_hash' is not a password hash"],
    [{ name: "a", groups: "adm" }, "'groups' is 'adm', expected a list"],
    [{ name: "a", uid: -1 }, "'uid' is number -1"],
  ];
  for (const [props, words] of cases) expect(await refusal(keep("user.ensure", props))).toContain(words);
});
