import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { Accounts } from "../../src/system/accounts.ts";
import { realLooks } from "../../src/system/files/real-files.ts";
import { fakeLooks } from "../support/fake-files.ts";
import { FakeSystem } from "../support/fake-system.ts";

const root = { euid: 0, groups: [0] };

const PASSWD = `root:x:0:0:root:/root:/bin/bash
app:x:1000:1000:App,,,:/home/app:/bin/sh
second:x:1000:1000::/:/bin/false
+nis::::::
broken
short:x:12
`;
const GROUP = `root:x:0:
app:x:1000:ana,bob
adm:x:4:ana
`;

function accounts(nsswitch: string, ask: (table: string, key: string) => string | null = () => null): Accounts {
  const files = { "/etc/passwd": PASSWD, "/etc/group": GROUP, "/etc/nsswitch.conf": nsswitch };
  return new Accounts(fakeLooks(files, root), ask);
}

describe("the files", () => {
  const { users, groups } = accounts("passwd: files\ngroup: files\n");

  test("give accounts by name and number, the first where two share one", () => {
    expect(users.named("app")).toEqual({ name: "app", id: 1000, gid: 1000, home: "/home/app", shell: "/bin/sh" });
    expect(users.numbered(1000)?.name).toBe("app");
    expect(groups.named("app")).toEqual({ name: "app", id: 1000, members: ["ana", "bob"] });
    expect(groups.numbered(4)?.name).toBe("adm");
  });

  test("may hold lines that are no accounts", () => {
    expect(users.all().map(({ name }) => name)).toEqual(["root", "app", "second"]);
    expect([users.named("+nis"), users.named("broken"), users.named("short")]).toEqual([null, null, null]);
  });

  test("may be missing altogether", () => {
    const none = new Accounts(fakeLooks({}, root), () => null);
    expect([none.users.named("root"), none.groups.numbered(0)]).toEqual([null, null]);
  });
});

describe("other services", () => {
  const answers = (table: string, key: string): string | null =>
    table === "passwd" && (key === "ldap" || key === "5000") ? "ldap:*:5000:5000::/home/ldap:/bin/sh" : null;

  test("are asked once for each name where the switch names any", () => {
    const asked: string[] = [];
    const { users } = accounts("passwd: files [NOTFOUND=continue] sss # as of today\n", (table, key) => {
      asked.push(key);
      return answers(table, key);
    });
    expect(users.named("ldap")?.id).toBe(5000);
    expect(users.numbered(5000)?.name).toBe("ldap");
    expect([users.named("ldap")?.id, users.named("none"), users.named("none")]).toEqual([5000, null, null]);
    expect(asked).toEqual(["ldap", "5000", "none"]);
  });

  test("are asked again after something changed", () => {
    let known = false;
    const it = accounts("passwd: files sss\n", (table, key) => (known ? answers(table, key) : null));
    expect(it.users.named("ldap")).toBeNull();
    known = true;
    it.changed();
    expect(it.users.named("ldap")?.id).toBe(5000);
  });

  test("are left alone where it names only the files, or is not there", () => {
    const refuse = (): never => {
      throw new Error("was asked");
    };
    expect(accounts("passwd: files compat\n", refuse).users.named("ldap")).toBeNull();
    expect(new Accounts(fakeLooks({ "/etc/passwd": PASSWD }, root), refuse).users.named("ldap")).toBeNull();
  });
});

test("a user added by a command is there for the next call, and one looked for in vain is looked for again", async () => {
  const system = new FakeSystem({ "useradd app": (_, machine) => add(machine) });
  expect(system.userId("app")).toBeNull();
  await system.run(["useradd", "app"]);
  expect([system.userId("app"), system.userName(1000)]).toEqual([1000, "app"]);
  expect([system.userName(4711), system.groupName(4711)]).toEqual(["4711", "4711"]);
});

test("this machine's own files are understood", () => {
  const { users } = new Accounts(realLooks, () => null);
  const lines = fs
    .readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .filter((line) => line !== "");
  expect(users.all()).toHaveLength(new Set(lines.map((line) => line.split(":")[0])).size);
  expect(users.named("root")?.id).toBe(0);
});

async function add(machine: Pick<FakeSystem, "readFile" | "writeFile">): Promise<string> {
  const passwd = Buffer.from(machine.readFile("/etc/passwd")).toString();
  await machine.writeFile("/etc/passwd", Buffer.from(`${passwd}app:x:1000:1000::/home/app:/bin/sh\n`), {});
  return "";
}
