import { expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temp.ts";

/** A host that is this machine; what it is sent is written down. */
function site() {
  const here = temporaryDirectory();
  const home = join(here, "home");
  mkdirSync(home);
  const ssh = `#!/bin/sh\nfor last; do :; done\ntee -a ${join(here, "sent")} | env -i PATH="$PATH" HOME=${home} sh -c "$last"\n`;
  writeFileSync(join(here, "ssh"), ssh, { mode: 0o755 });
  writeFileSync(
    join(here, "w.lua"),
    `workflow{ name = "keyed" }
     for _, host in ipairs{ "h1", "h2" } do
       file_ops.copy{ content = secret.env("PW"), dest = "${here}/" .. host, delegate_to = host }
       file_ops.lineinfile{ path = "${here}/lines-" .. host, line = "pw=" .. secret.env("PW"), regexp = "^pw=", create = true, delegate_to = host }
       file_ops.copy{ src = "w.lua", dest = "${here}/sensitive-" .. host, sensitive = true, delegate_to = host }
     end`,
  );
  const db = join(here, "s.db");
  const env = { PATH: `${here}:${process.env["PATH"]}`, PW: "hunter2hunter2", HOME: home };
  const sloth = (...words: string[]) => run([BINARY, ...words, "--db", db], { env, cwd: here });
  return { here, db, sloth };
}

test("what is secret on a host is compared by a key of that host alone", () => {
  const { here, db, sloth } = site();
  expect(sloth("run", "w.lua")).toMatchObject({ code: 0, stdout: expect.stringContaining("6 created") });
  expect(sloth("run", "w.lua")).toMatchObject({ code: 0, stdout: expect.stringContaining("6 unchanged") });
  expect(sloth("stack", "drift", "keyed", "--detailed-exitcode")).toMatchObject({ code: 0 });
  writeFileSync(join(here, "h1"), "changed");
  writeFileSync(join(here, "sensitive-h2"), "changed");
  const drift = sloth("stack", "drift", "keyed", "--detailed-exitcode");
  expect(drift.code).toBe(2);
  expect(drift.stdout).toContain(`h1/file:${here}/h1`);
  expect(drift.stdout).toContain("sensitive-h2: drift");
  expect(drift.stdout).not.toContain("sensitive-h1: drift");
  const sent = readFileSync(join(here, "sent"), "latin1");
  const keys = new Set([...sent.matchAll(/"key":\{"\$bytes":"([^"]+)"\}/g)].map(([, key]) => key));
  expect(keys.size).toBe(2);
  expect(sent).not.toContain(readFileSync(`${db}.key`).toString("base64"));
}, 60_000);

test("what was recorded with the database's key is said to be that, until a run compares it", () => {
  const { db, sloth } = site();
  expect(sloth("run", "w.lua").code).toBe(0);
  const record = new Database(db);
  record.run(
    `UPDATE resources SET checksum = 'of before', declarations = replace(declarations, '"hostKey":true,', '')`,
  );
  record.close();
  const drift = sloth("stack", "drift", "keyed");
  expect(drift.stdout).toContain("recorded with a key that hosts are no longer given");
  expect(drift.stdout).toContain("0 as left, 4 unreadable, 2 unknown");
  expect(sloth("run", "w.lua")).toMatchObject({ code: 0, stdout: expect.stringContaining("6 unchanged") });
  expect(sloth("stack", "drift", "keyed").stdout).toContain("4 as left, 2 unknown");
}, 60_000);
