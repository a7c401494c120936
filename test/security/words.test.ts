import { describe, expect, test } from "bun:test";
import { parseProps, type Schema } from "../../src/engine/schema.ts";
import type { ValueObject } from "../../src/base/value.ts";
import { modules } from "../../src/modules/registry.ts";

/** Of each verb whose words become lines of files of the system, or arguments: words that it takes. */
const TAKEN: Readonly<Record<string, ValueObject>> = {
  "cron.job": { name: "n", job: "true", user: "root", file: "app", minute: "1" },
  "cron.env": { name: "MAILTO", value: "v", file: "app", user: "root" },
  "kernel.sysctl": { name: "net.ipv4.ip_forward", value: "1" },
  "limits.entry": { domain: "www", type: "-", item: "nofile", value: 5, comment: "c" },
  "mount.ensure": { path: "/srv/x", src: "tmpfs", fstype: "tmpfs", opts: "ro" },
  "sudo.rule": { name: "n", user: "u", commands: ["/bin/true"], runas: "root", host: "ALL", defaults: ["!requiretty"] },
  "system.hosts_entry": { ip: "10.0.0.1", names: ["db"] },
  "system.hostname": { name: "web1" },
  "system.timezone": { name: "Europe/Berlin" },
  "systemd.ensure": { name: "nginx", enabled: true },
  "systemd.unit": { name: "x.service", content: "[Unit]" },
  "systemd.drop_in": { unit: "nginx", name: "n", content: "[Unit]" },
  "systemd.tmpfiles": { name: "n", content: "d /x" },
  "systemd.sysusers": { name: "n", content: "u x" },
  "systemd.timer": { name: "n", on_calendar: "daily", command: ["/bin/true"] },
  "service.ensure": { name: "nginx", state: "started" },
  "pkg.install": { name: "htop", version: "1.0" },
  "pkg.pin": { name: "n", packages: "htop", pin: "version 1.0", priority: 5 },
  "pkg.debconf": { package: "p", question: "p/q", type: "string", value: "v" },
  "pkg.repository": { name: "n", uris: "http://h/", suites: "s", components: "main" },
  "pkg.hold": { name: "htop" },
  "ssh.known_host": {
    name: "h",
    key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8Ht8Z3j6yDWPBHQtOp/R9rjWvfMYo3MSA/K6q8D86r",
  },
  "user.ensure": { name: "lu", shell: "/bin/sh", comment: "c", group: "g", home: "/home/lu" },
  "group.create": { name: "g" },
};
/** Which are texts of several lines, or paths, in which any byte may be. */
const ANY = new Set(["content", "path", "home", "fstab"]);
const EVIL = ["a\nb", "a\rb", "a\0b", "a\u001b[2Jb", "x\n* * * * * root true"];

const schemaOf = (name: string): Schema<unknown> | undefined => {
  const found = modules.flatMap(({ functions }) => functions).find((each) => each.name === name);
  return found !== undefined && "schema" in found ? found.schema : undefined;
};

describe("no word of a call becomes a line of its own in a file of the system, or a control character on a terminal", () => {
  for (const [name, taken] of Object.entries(TAKEN)) {
    test(name, () => {
      const schema = schemaOf(name);
      if (schema === undefined) throw new Error(`no ${name}`);
      expect(() => parseProps(schema, taken)).not.toThrow();
      for (const [field, value] of Object.entries(taken)) {
        if (ANY.has(field) || typeof value === "number") continue;
        for (const evil of EVIL)
          expect(() => parseProps(schema, { ...taken, [field]: Array.isArray(value) ? [evil] : evil })).toThrow();
      }
    });
  }
});

describe("no word leads to another file, or is an option or a second command", () => {
  const REFUSED: readonly (readonly [string, ValueObject])[] = [
    ["cron.env", { file: "../passwd" }],
    ["cron.env", { file: "-x" }],
    ["cron.job", { file: ".hidden" }],
    ["cron.job", { file: "a/b" }],
    ["kernel.sysctl", { name: "../../etc/shadow" }],
    ["kernel.sysctl", { name: "net/../../../etc/shadow" }],
    ["kernel.sysctl", { name: "-w" }],
    ["sudo.rule", { name: "../passwd" }],
    ["sudo.rule", { commands: ["/bin/true, ALL"] }],
    ["sudo.rule", { commands: ["/bin/true \\"] }],
    ["sudo.rule", { runas: "ALL) NOPASSWD: ALL, (root" }],
    ["system.hostname", { name: "-x" }],
    ["system.timezone", { name: "../../etc/shadow" }],
    ["systemd.ensure", { name: "-x" }],
    ["systemd.ensure", { name: "../x" }],
    ["systemd.drop_in", { name: "../x" }],
    ["systemd.tmpfiles", { name: "../x" }],
    ["systemd.timer", { name: "a/b" }],
    ["service.ensure", { name: "--root=/x" }],
    ["pkg.install", { name: "--allow-x" }],
    ["pkg.install", { version: "-o=x" }],
    ["user.ensure", { name: "-x" }],
    ["group.create", { name: "a:b" }],
  ];
  for (const [name, words] of REFUSED) {
    test(`${name} ${JSON.stringify(words)}`, () => {
      const schema = schemaOf(name);
      if (schema === undefined) throw new Error(`no ${name}`);
      expect(() => parseProps(schema, { ...TAKEN[name], ...words })).toThrow();
    });
  }
});

test("a comma that is one of the command's own is written as sudoers has it", () => {
  const schema = schemaOf("sudo.rule");
  if (schema === undefined) throw new Error("no sudo.rule");
  expect(() => parseProps(schema, { ...TAKEN["sudo.rule"], commands: ["/bin/x a\\,b"] })).not.toThrow();
});
