import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { inTerminal } from "../support/terminal.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { sopsFile } from "../secrets/_sops.ts";
import { person } from "../secrets/_values.ts";
import { DEV, PLAIN, WHOLE } from "../secrets/_vaults.ts";

const PASSWORD = "Zq7-Kx9!vLmP2wR8";
const [ana, bob] = [await person("ana"), await person("bob")];

/** Writes what a secret holds into the file that it is for. */
const WORKFLOW = `workflow{ name = "web" }
local function put(name, value) file_ops.copy{ dest = "DIR/" .. name, content = value, mode = "0600" } end
`;

function site(workflow: string, files: Readonly<Record<string, string>>) {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, "site.lua"), (WORKFLOW + workflow).replaceAll("DIR", dir));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const own = { HOME: dir, SLOTH_RUNNER_DB: join(dir, "record.db") };
  const start = (words: string, env: Readonly<Record<string, string>> = {}) =>
    run([BINARY, ...words.split(" ")], { cwd: dir, env: { ...own, ...env } });
  return { dir, own, start, read: (name: string) => readFileSync(join(dir, name), "utf8") };
}

describe("values of ansible-vault", () => {
  const indented = (text: string): string => text.trim().replaceAll(/^/gm, "    ");
  const values = `port: 80\ndb:\n  password: !vault |\n${indented(PLAIN)}\ntoken: !vault |\n${indented(DEV)}\n`;
  const there = () =>
    site(`put("password", values.db.password) put("token", values.token) print(values.port, values.token)`, {
      "group_vars.yml": values,
      password: "",
      vp: "correct horse\n",
      vp2: "other horse\n",
    });
  const RUN = "run site.lua --values group_vars.yml --diff";
  const LIST = { ANSIBLE_VAULT_PASSWORD_FILE: "vp", ANSIBLE_VAULT_IDENTITY_LIST: "dev@vp2,prod@vp" };

  test("are secrets, opened with the passwords that Ansible would take", () => {
    const { start, read } = there();
    const ran = start(RUN, LIST);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect([read("password"), read("token")]).toEqual(["hunter2", "tr0ub4dor ünï"]);
    expect(ran.stdout).toContain("80\t(secret)");
    expect(ran.stdout + read("record.db")).not.toMatch(/hunter2|tr0ub4dor/);
    expect(start("check site.lua --values group_vars.yml")).toMatchObject({ code: 0, stderr: "" });
  });

  test("a password file that can be executed is run", () => {
    const { start, dir, read } = there();
    writeFileSync(join(dir, "vp"), "#!/bin/sh\necho correct horse\n");
    chmodSync(join(dir, "vp"), 0o755);
    expect(start(RUN, LIST)).toMatchObject({ code: 0 });
    expect(read("password")).toBe("hunter2");
  });

  test("wrong ones, none, and no terminal to ask on say so, and nothing is done", () => {
    const { start, read } = there();
    expect(start(RUN, { ANSIBLE_VAULT_PASSWORD_FILE: "vp2" })).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("group_vars.yml: db.password: none of the vault's passwords opens it"),
    });
    expect(start(RUN).stderr).toContain("the vault has a passphrase, and there is no terminal to ask for it");
    expect(start(RUN, { ANSIBLE_VAULT_PASSWORD_FILE: "none" }).stderr).toContain("none: no such file");
    expect(read("password")).toBe("");
  });

  test("on a terminal each password is asked for once", async () => {
    const { own, dir, read } = there();
    const keys = [
      { until: "Passphrase of the vault: ", typed: "correct horse\r" },
      { until: "Passphrase of the vault dev: ", typed: "other horse\r" },
    ];
    const { code, text } = await inTerminal(["env", "-C", dir, BINARY, ...RUN.split(" ")], keys, own);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect([read("password"), read("token")]).toEqual(["hunter2", "tr0ub4dor ünï"]);
  });

  test("a whole file: everything in it is secret but true and false", () => {
    const { start, read } = site(
      `put("o", values.db.password) put("p", values.port) print(values.debug, values.port)`,
      {
        "secret.yml": WHOLE,
        vp: "correct horse",
      },
    );
    const ran = start("run site.lua --values secret.yml", { ANSIBLE_VAULT_PASSWORD_FILE: "vp" });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain("true\t(secret)");
    expect([read("o"), read("p")]).toEqual(["whole-file", "5432"]);
  });
});

describe("files of sops for keys of age", () => {
  const put = `put("o", values.db.password) put("p", values.db.port) put("l", values.list[2].k) print(values.on, values.host_clear, values.list[1])`;
  const tree = {
    db: { password: PASSWORD, port: 5432, "10": "x", "2": "y" },
    list: ["one-secret", { k: "two-secret" }],
    on: true,
    empty: "",
    host_clear: "db1",
  };
  const RUN = "run site.lua --values secret.json --identity ana.txt";
  const there = async (change: (text: string) => string = (text) => text, onlyEncrypted = false) => {
    const text = await sopsFile(tree, [bob.reader, ana.reader], onlyEncrypted);
    return site(put, { "secret.json": change(text), "ana.txt": ana.identity });
  };

  test.each([false, true])(
    "are opened: texts and numbers are secrets, true and false are themselves; mac_only_encrypted: %p",
    async (only) => {
      const { start, read } = await there(undefined, only);
      const ran = start(RUN);
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      expect(ran.stdout).toContain("true\tdb1\t(secret)");
      expect([read("o"), read("p"), read("l")]).toEqual([PASSWORD, "5432", "two-secret"]);
      expect(ran.stdout + read("record.db")).not.toMatch(/one-secret|two-secret/);
      expect(start("check site.lua --values secret.json")).toMatchObject({ code: 0, stderr: "" });
    },
  );

  const refused: readonly (readonly [name: string, change: (text: string) => string, why: string])[] = [
    [
      "a clear value that was changed",
      (text) => text.replace('"db1"', '"db2"'),
      "secret.json was changed since sops wrote it",
    ],
    ["a value that was changed", (text) => text.replace(/data:..../, "data:AAAA"), "db.2 is damaged, or was moved"],
    [
      "a value under another key",
      (text) => text.replace('"password"', '"passwort"'),
      "db.passwort is damaged, or was moved",
    ],
    [
      "other keys than those of age",
      (text) => text.replace('"age"', '"pgp"'),
      "is encrypted by sops, and not for keys of age alone",
    ],
    ["a key that is not ours", (text) => text.replaceAll(/"enc": "[^"]*"/g, `"enc": ""`), "is damaged"],
  ];
  test.each(refused)("%s is refused", async (_, change, why) => {
    const { start } = await there(change);
    expect(start(RUN)).toMatchObject({ code: 65, stdout: "", stderr: expect.stringContaining(why) });
  });

  /** Written by sops 3.9.4 itself: everything; only some keys, with a digest of those alone; and JSON. */
  const theirs = (name: string): string => readFileSync(join(import.meta.dir, "../secrets/sops", name), "utf8");
  const written: readonly (readonly [file: string, workflow: string, put: readonly string[], said: string])[] = [
    [
      "all.yaml",
      `put("a", values.db.password) put("b", values.db.note) put("c", values.port) put("d", values["10"] .. values["2"])
print(values.on, values.host_unencrypted, values.nothing, #values.empty, values.ratio)`,
      ["hunter2-hunter2", "several\nlines\n", "5432", "tentwo"],
      "true\tdb1\tnil\t0\t(secret)",
    ],
    [
      "some.yaml",
      `put("a", values.db.password) put("b", values.list[1]) put("c", values.list[2].k) put("d", values.db.note) print(values.port, values.on)`,
      ["hunter2-hunter2", "one-secret", "two-secret", "several\nlines\n"],
      "5432\ttrue",
    ],
    [
      "all.json",
      `put("a", values.b.x) put("b", values.b["10"]) put("c", values.b["2"]) put("d", values.a[2]) print(values.a[1])`,
      ["1", "ten", "two", "one"],
      "true",
    ],
  ];
  test.each(written)("%s, as sops wrote it", (file, workflow, put, said) => {
    const { start, read } = site(`${workflow}`, { [file]: theirs(file), "id.txt": theirs("identity.txt") });
    const ran = start(`run site.lua --values ${file} --identity id.txt`);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(["a", "b", "c", "d"].map(read)).toEqual([...put]);
    expect(ran.stdout).toContain(said);
  });
});
