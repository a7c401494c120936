import { expect, test } from "bun:test";
import fc from "fast-check";
import type { AnyResource, ModuleDefinition } from "../../src/engine/resource.ts";
import type { Value } from "../../src/base/value.ts";
import { group } from "../../src/modules/group/index.ts";
import { listWith, withItems } from "../../src/modules/user/_added.ts";
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

test("a key that is there twice is nothing to do, and hides none that is missing", async () => {
  const twice = { "/home/ana/.ssh/authorized_keys": "# mine\nK1\nK1\n" };
  const system = new FakeSystem({}, {}, { files: { ...FILES, ...twice }, programs: ["useradd"] });
  const plan = keeping(system, "plan");
  const keys = (...authorized_keys: readonly string[]) => ({ name: "ana", append: true, authorized_keys });
  expect(await plan("user.ensure", keys("K1"))).toMatchObject({ action: "none" });
  expect(await plan("user.ensure", keys("K2"))).toMatchObject({
    changes: [{ property: "authorized_key K2", to: true }],
  });
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
    "groupadd -- crew": { exitCode: 10, stderr: "groupadd: failure while writing changes to /etc/group\n" },
  });
  const keep = keeping(system);
  const create = keep("user.create", { name: "bea", password_hash: HASH });
  expect(await refusal(create)).toContain("password not changed");
  expect(system.ran.at(-1)).toBe("userdel -- bea");
  expect(await refusal(keep("group.create", { name: "crew" }))).toContain("failure while writing changes");
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
    [{ name: "a", expires: "2030-13-01" }, "'expires' is 2030-13-01, a day that does not exist"],
    [{ name: "a", expires: "2030-02-29" }, "'expires' is 2030-02-29, a day that does not exist"],
    [{ name: "a", expires: "1970-01-01" }, "expected a day after 1970-01-01"],
    [{ name: "a", authorized_keys: ["ssh-ed25519 A\nssh-ed25519 B"] }, "'authorized_keys[1]' holds several lines"],
    [{ name: "a", authorized_keys: ["ssh-ed25519 A", " \n"] }, "'authorized_keys[2]' is empty"],
    [{ name: "a", authorized_keys: ["# mine"] }, "'authorized_keys[1]' is a comment, not a key"],
    [{ name: "a", password_hash: "hunter2" }, "'password_hash' is not a password hash"],
    [{ name: "a", groups: "adm" }, "'groups' is 'adm', expected a list"],
    [{ name: "a", uid: -1 }, "'uid' is number -1"],
  ];
  for (const [props, words] of cases) expect(await refusal(keep("user.ensure", props))).toContain(words);
});

const OPTIONS = 'permitopen="localhost:5432",environment="A=b:c" ssh-ed25519 AAAAC3 app@db';
const KEYS = "/home/ana/.ssh/authorized_keys";
const keyFile = (text: string): FakeSystem => {
  const written: FakeAnswer = async ({ stdin }, system) => {
    await system.writeFile(KEYS, Buffer.from(String(stdin)), {});
    return "";
  };
  const byProgram = { mkdir: "", tee: written, chmod: "", mv: "" };
  return new FakeSystem({}, {}, { files: { ...FILES, [KEYS]: text }, programs: ["useradd"], byProgram });
};
const keysIn = (system: FakeSystem): string => Buffer.from(system.readFile(KEYS)).toString();

test("a key may hold ':' in its options, and the newline of the file it was read from", async () => {
  const system = keyFile("");
  const props = { name: "ana", authorized_keys: [`${OPTIONS}\n`] };
  expect((await keeping(system)("user.ensure", props)).changed).toBe(true);
  expect(keysIn(system)).toBe(`${OPTIONS}\n`);
  expect((await keeping(system)("user.ensure", props)).changed).toBe(false);
});

test("what is added is there afterwards, whatever was there twice; what others add is theirs", async () => {
  const system = keyFile("ssh-rsa K1\nssh-rsa K1\n");
  const keep = keeping(system);
  const props = { name: "ana", append: true, groups: ["adm"], authorized_keys: ["ssh-rsa K2"] };
  expect((await keep("user.ensure", props)).changes).toEqual([
    { property: "authorized_key ssh-rsa K2", from: false, to: true },
  ]);
  expect(keysIn(system)).toContain("ssh-rsa K2\n");
  const again = await keep("user.ensure", props);
  expect(again.changed).toBe(false);
  expect(again.stated).toEqual([{ "group adm": true, "authorized_key ssh-rsa K2": true } as object]);
});

test("of a sensitive call no property is named by what it holds", async () => {
  const props = { name: "ana", append: true, groups: ["adm"], authorized_keys: ["ssh-rsa K2"], sensitive: true };
  const { stated, wants } = await keeping(fake(), "plan")("user.ensure", props);
  expect(Object.keys(stated[0] ?? {}).filter((name) => name.includes(" "))).toEqual([]);
  expect(wants[0]).toMatchObject({ itemwise: false });
});

test("a plan knows of a planned user which groups they are in", async () => {
  const keep = keeping(fake(), "plan");
  await keep("user.create", { name: "bea", groups: ["adm"] });
  expect(await keep("user.modify", { name: "bea", groups: ["adm"], append: true })).toMatchObject({ changed: false });
  await keep("user.modify", { name: "bea", groups: ["sudo"], append: true });
  expect(await keep("user.ensure", { name: "bea", groups: ["sudo", "adm"] })).toMatchObject({ changed: false });
});

const LDAP = "ldap:*:7000:7000:L:/home/ldap:/bin/sh";

test("what a look can tell is refused before anything is run, in plan already", async () => {
  const files = { ...FILES, "/srv/there/.keep": "", "/etc/nsswitch.conf": "passwd: files ldap\n" };
  const cases: readonly (readonly [string, Value, string])[] = [
    ["user.ensure", { name: "ana", home: "/srv/there", move_home: true }, "something is there already"],
    ["user.ensure", { name: "svc", locked: false }, "no password that could be unlocked; give it a password_hash"],
    ["user.ensure", { name: "neu", locked: false }, "no password that could be unlocked"],
    ["user.ensure", { name: "svc", authorized_keys: ["ssh-rsa A"] }, "there is no home directory /nonexistent"],
    ["user.create", { name: "neu", home: "/srv/no", create_home: false, authorized_keys: ["k"] }, "no home directory"],
    ["user.create", { name: "ldap" }, "comes from a directory service"],
    ["user.modify", { name: "ldap", shell: "/bin/sh" }, "comes from a directory service"],
    ["user.delete", { name: "ldap" }, "comes from a directory service"],
  ];
  for (const mode of ["plan", "apply"] as const)
    for (const [verb, props, words] of cases) {
      const elsewhere = { "passwd ldap": LDAP };
      const system = new FakeSystem({}, {}, { files, programs: ["useradd"], elsewhere });
      expect(await refusal(keeping(system, mode)(verb, props))).toContain(words);
      expect(system.ran).toEqual([]);
    }
});

test("a user of a directory service is told of as far as it says", async () => {
  const files = { ...FILES, "/etc/nsswitch.conf": "passwd: files ldap\n" };
  const commands = { "getent passwd -- ldap": `${LDAP}\n`, "id -Gn -- ldap": "7000 adm\n" };
  const system = new FakeSystem(commands, {}, { files, elsewhere: { "passwd ldap": LDAP } });
  expect(await ask(user, "user.exists", { name: "ldap" }, system)).toBe(true);
  expect(await ask(user, "user.info", { name: "ldap" }, system)).toEqual({
    name: "ldap",
    uid: 7000,
    group: "7000",
    groups: ["adm"],
    home: "/home/ldap",
    comment: "L",
    shell: "/bin/sh",
  });
});

test("what user.create states is not kept: only that there is such a user", async () => {
  const system = fake({
    "useradd -s /bin/zsh -m -- bea": setLine("/etc/passwd", "bea:x:1500:1500::/home/bea:/bin/zsh"),
  });
  const keep = keeping(system);
  expect((await keep("user.create", { name: "bea", shell: "/bin/zsh" })).stated).toEqual([{}]);
  expect((await keep("user.create", { name: "ana", shell: "/bin/zsh" })).stated).toEqual([{}]);
});

test("a user who was deleted comes back with all that is known, locked, and is told to be", () => {
  const facts = { uid: 1000, group: "ana", groups: ["adm"], home: "/home/ana", locked: false, home_exists: true };
  const restated = type(user, "user.ensure").undo?.restate?.("ana", facts);
  expect(restated?.lost).toBe(
    "the password is not in the record, so it is locked until it is given one; what was in the home directory is not in the record",
  );
  const ensure = type(user, "user.ensure");
  expect(ensure.diff?.(null, restated?.stated ?? null).changes.map(({ property }) => property)).not.toContain("locked");
  expect(ensure.diff?.({ ...facts, locked: true }, restated?.stated ?? null).changes).toEqual([
    { property: "locked", from: true, to: false },
  ]);
});

test("an undo takes back what was added, and nothing that others did", () => {
  const before = { groups: ["www"], "group docker": false, authorized_keys: ["theirs"], "authorized_key ours": false };
  const restated = type(user, "user.ensure").undo?.restate?.("ana", before);
  const now = { groups: ["docker", "other", "www"], authorized_keys: ["theirs", "ours", "third"] };
  expect(type(user, "user.ensure").diff?.(now, restated?.stated ?? null).changes).toEqual([
    { property: "group docker", from: true, to: false },
    { property: "authorized_key ours", from: true, to: false },
  ]);
});

test("another home is looked at, not the one that is left", async () => {
  const moved = setLine("/etc/passwd", "ana:x:1000:1000:Ana,Room 3,,:/srv/ana/home:/bin/bash");
  const system = new FakeSystem(
    { "usermod -d /srv/ana/home -- ana": moved },
    {},
    {
      files: FILES,
      programs: ["useradd"],
      byProgram: { chown: "", cp: "" },
    },
  );
  const props = { name: "ana", home: "/srv/ana/home", create_home: true };
  const planned = await keeping(system, "plan")("user.ensure", props);
  const made = await keeping(system)("user.ensure", props);
  expect(made.changes).toEqual(planned.changes);
  expect(made.changes.map(({ property }) => property)).toEqual(["home", "home_exists"]);
  expect(system.stat("/srv/ana")).toMatchObject({ mode: 0o755, uid: 0 });
  expect(await keeping(system)("user.ensure", props)).toMatchObject({ changed: false });
});

test("whoever else is changing accounts is waited for", async () => {
  let tries = 0;
  const system = fake({
    "groupadd -- crew": () => {
      if (tries++ < 2) return { exitCode: 10, stderr: "groupadd: cannot lock /etc/group; try again later.\n" };
      return setLine("/etc/group", "crew:x:2000:");
    },
  });
  expect(await keeping(system)("group.create", { name: "crew" })).toMatchObject({ action: "create" });
});

test("law: a list with items has what they add, has not what they take away, and all else as it was", () => {
  const item = fc.constantFrom("a", "b", "c", "d", "e f");
  fc.assert(
    fc.property(fc.array(item), fc.dictionary(item, fc.boolean()), (present, asked) => {
      const facts = Object.fromEntries(Object.entries(asked).map(([name, isIn]) => [`group ${name}`, isIn]));
      const list = listWith("groups", present, facts);
      for (const [name, isIn] of Object.entries(asked)) expect(list.includes(name)).toBe(isIn);
      expect(list.filter((name) => !(name in asked))).toEqual(present.filter((name) => !(name in asked)));
      expect(withItems({ groups: list }, facts)).toMatchObject(facts);
    }),
  );
});
