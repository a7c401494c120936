import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Secret } from "../../../src/base/value.ts";
import { template } from "../../../src/modules/file_ops/template.ts";
import { messageOf } from "../../support/thrown.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();

test("renders beside the workflow, then has nothing left to do; a variable or a hand that changes it is seen", async () => {
  using directory = temporaryDirectory();
  directory.file("site.conf.j2", "{% for p in ports %}\nlisten {{ p }};\n{% endfor %}\n");
  const on = benchOf("apply", directory.path);
  const args = { src: "site.conf.j2", dest: directory.file("site.conf"), vars: { ports: [80, 443] }, mode: "0644" };
  expect(await declare(template, args, on)).toMatchObject({ action: "create", names: [args.dest] });
  expect(directory.contents("site.conf")).toBe("listen 80;\nlisten 443;\n");
  expect((await declare(template, args, on)).changed).toBe(false);
  writeFileSync(args.dest, "by hand");
  expect((await declare(template, args, on)).changes.map(({ property }) => property)).toEqual(["content"]);
  expect(await declare(template, { ...args, vars: { ports: [80] } }, on)).toMatchObject({ action: "update" });
});

test("goes into a directory under the name of src, and includes what is beside it", async () => {
  using directory = temporaryDirectory();
  mkdirSync(directory.file("templates"));
  mkdirSync(directory.file("dest"));
  directory.file("templates/part.j2", "part {{ name }}\n");
  const src = directory.file("templates/main.j2", "<{% include 'part.j2' %}>\n");
  const { names } = await declare(template, { src, dest: directory.file("dest"), vars: { name: "é" } }, bench);
  expect(names).toEqual([directory.file("dest/main.j2")]);
  expect(directory.contents("dest/main.j2")).toBe(Buffer.from("<part é>\n").toString("latin1"));
});

test("an undefined variable is an error with name and line, and nothing is written", () => {
  using directory = temporaryDirectory();
  const src = directory.file("a.j2", "one\n{{ two }}\n");
  expect(declare(template, { src, dest: directory.file("a") }, bench)).rejects.toThrow("a.j2:2: 'two' is undefined");
  expect(directory.contents("a")).toBeNull();
});

test("a secret among the variables is written, and nowhere else", async () => {
  using directory = temporaryDirectory();
  const password = new Secret(new TextEncoder().encode("hunter2"), "secret.env(P)");
  const args = { content: "p={{ db.password }}\n", dest: directory.file("a"), vars: { db: { password } } };
  const done = await declare(template, args, bench);
  expect(directory.contents("a")).toBe("p=hunter2\n");
  expect(JSON.stringify(done.wants)).toContain("keyed:");
  expect(JSON.stringify(done)).not.toContain("hunter2");
  expect((await declare(template, args, bench)).changed).toBe(false);
});

test.each([
  "{% include '../secret' %}",
  "{% extends 'a/../../secret' %}",
  "{% import '../secret' as s %}{{ s }}",
  "{% include ['../secret', 'none'] %}",
])("%s reads nothing outside of the template's directory", (content) => {
  using directory = temporaryDirectory();
  directory.file("secret", "s3cret");
  mkdirSync(directory.file("templates"));
  const args = { content, dest: directory.file("dest") };
  expect(declare(template, args, benchOf("apply", directory.file("templates")))).rejects.toThrow("own directory");
});

test("YAML is read as Ansible reads it, in what is included too", async () => {
  using directory = temporaryDirectory();
  directory.file("part.j2", "{{ ('a: yes\\nb: 017\\nc: 1.0' | from_yaml) }}");
  const src = directory.file("main.j2", "{% include 'part.j2' %}");
  const dest = directory.file("made");
  expect(await declare(template, { src, dest }, bench)).toMatchObject({ action: "create" });
  expect(directory.contents("made")).toBe("{'a': True, 'b': 15, 'c': 1.0}");
  expect(declare(template, { content: "{{ 'a: [' | from_yaml }}", dest }, bench)).rejects.toThrow(
    "content:1: filter 'from_yaml': not YAML: line 1, column 5",
  );
});

test("an absolute name starts at the template's directory", async () => {
  using directory = temporaryDirectory();
  mkdirSync(directory.file("etc"));
  directory.file("etc/hostname", "mine");
  const on = benchOf("apply", directory.path);
  await declare(template, { content: "{% include '/etc/hostname' %}", dest: directory.file("dest") }, on);
  expect(directory.contents("dest")).toBe("mine");
});

test.each([
  ["{% include '/etc/passwd' %}", "there is no template '/etc/passwd' beside main.j2"],
  ["{% include '../../etc/passwd' %}", "is not below the template's own directory"],
  ["{% extends '../x' %}", "is not below the template's own directory"],
  ["{% from 'a/../../x' import y %}", "is not below the template's own directory"],
])("nothing outside of its directory is read by %s", async (content, message) => {
  using directory = temporaryDirectory();
  const args = { src: directory.file("main.j2", content), dest: directory.file("made") };
  expect(await messageOf(declare(template, args, bench))).toContain(message);
});

test("bytes of a template that are not UTF-8 are written as they are", async () => {
  using directory = temporaryDirectory();
  const src = directory.file("latin.j2");
  writeFileSync(src, Buffer.from("caf\xe9 {{ x }} {% include 'part' %}\n", "latin1"));
  writeFileSync(directory.file("part"), Buffer.from([0xff]));
  const args = { src, dest: directory.file("dest"), vars: { x: "\u00e9" } };
  await declare(template, args, bench);
  expect(readFileSync(args.dest)).toEqual(Buffer.from("caf\xe9 \xc3\xa9 \xff\n", "latin1"));
  expect((await declare(template, args, bench)).changed).toBe(false);
});
