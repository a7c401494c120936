import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { encryptTo } from "../../src/secrets/age.ts";
import { person } from "../secrets/_values.ts";

const PASSWORD = "Zq7-Kx9!vLmP2wR8";
const [ana, bob] = [await person("ana"), await person("bob")];

function place() {
  const dir = temporaryDirectory();
  const start = (words: string, db: string) =>
    run([BINARY, ...words.split(" "), "--db", join(dir, db)], { cwd: dir, env: { HOME: dir, PW: PASSWORD } });
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  write(
    "site.lua",
    `workflow{ name = "web" }\nfile_ops.copy{ dest = "${dir}/conf", content = secret.env("PW"), mode = "0600" }\n`,
  );
  write(".sloth-recipients", `ana ${ana.reader.key}\n`);
  write("ana.txt", ana.identity);
  write("bob.txt", bob.identity);
  expect(start("run site.lua", "a.db")).toMatchObject({ code: 0 });
  const sealed = start("stack export web --encrypt", "a.db");
  expect(sealed).toMatchObject({ code: 0, stderr: "" });
  write("web.age", sealed.stdout);
  return { dir, start, write, sealed: sealed.stdout };
}

test("an encrypted export brings the key along: what is sensitive does not count as changed", () => {
  const { dir, start, sealed } = place();
  expect(sealed).toStartWith("-----BEGIN AGE ENCRYPTED FILE-----");
  expect(start("stack import web.age --identity ana.txt", "b.db")).toEqual({
    code: 0,
    stdout: "imported stack web\n",
    stderr: "",
  });
  expect(readFileSync(join(dir, "b.db.key"))).toEqual(readFileSync(join(dir, "a.db.key")));
  expect(start("stack drift web", "b.db").stdout).toContain("1 resource: 1 as left");
  expect(start("run site.lua", "b.db").stdout).toContain("1 unchanged");
  expect(start("stack export web", "b.db").stdout).toContain(`"module":"file_ops.copy"`);
});

test("a database with a key of its own keeps it, and says what that means", () => {
  const { dir, start } = place();
  start("run site.lua --stack other", "b.db");
  const key = readFileSync(join(dir, "b.db.key"));
  const imported = start("stack import web.age --identity ana.txt", "b.db");
  expect(imported).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("has a key of its own: what is sensitive counts as changed once"),
  });
  expect(readFileSync(join(dir, "b.db.key"))).toEqual(key);
});

test("nobody else opens it, and nothing else is taken for one", async () => {
  const { dir, start, write, sealed } = place();
  expect(start("stack import web.age --identity bob.txt", "b.db").stderr).toContain("none of your identities opens it");
  write("cut.age", sealed.slice(0, -200));
  expect(start("stack import cut.age --identity ana.txt", "b.db").stderr).toContain("cut.age is damaged");
  writeFileSync(join(dir, "other.age"), await encryptTo([ana.reader], Buffer.from("{}")));
  expect(start("stack import other.age --identity ana.txt", "b.db").stderr).toContain(
    "other.age is encrypted, and holds no export of a stack",
  );
  expect(existsSync(join(dir, "b.db.key"))).toBe(false);
  run(["rm", join(dir, ".sloth-recipients")]);
  expect(start("stack export web --encrypt", "a.db")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining(".sloth-recipients"),
  });
});
