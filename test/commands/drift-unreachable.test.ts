import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { storeAt } from "../store/scratch.ts";
import { needs } from "../support/needs.ts";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";

const test = needs(Bun.which("ssh") !== null, "ssh");

/** Two files here, and the same two on each of two hosts where nothing listens. */
async function siteApart() {
  const here = temporaryDirectory();
  const site = siteIn(here);
  await site.run(`for _, name in ipairs{ "a", "b" } do file_ops.copy{ content = "x", dest = "HERE/" .. name } end`);
  using store = await storeAt(site.db);
  const { record } = store.mustFind("site");
  for (const row of record.rows()) for (const host of ["web1", "web2"]) record.save({ ...row, id: 0, host });
  const closed = { address: "127.0.0.1", port: 1 };
  writeFileSync(site.at("hosts.json"), JSON.stringify({ hosts: { web1: closed, web2: closed } }));
  const reach = `--inventory ${site.at("hosts.json")} --ssh-config /dev/null`;
  return { at: site.at, drift: (flags = "") => site.stack("drift", `${reach} ${flags}`) };
}

test("hosts that are not reached are told once each, counted in the last line, and an exit code of their own", async () => {
  const { at, drift } = await siteApart();
  for (const flags of ["", "--detailed-exitcode"]) {
    const { code, stdout } = await drift(flags);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\? web1: 2 resources not looked at: cannot be reached: .*\n\? web2: 2 resources .*\n/);
    expect(stdout).toEndWith("6 resources: 2 as left, 4 not looked at (2 hosts unreachable)\n");
  }
  const document: unknown = JSON.parse((await drift("--output json")).stdout);
  expect(document).toMatchObject({
    drifted: 0,
    unreadable: 4,
    unreachable: [
      { host: "web1", resources: 2, reason: expect.stringContaining("cannot be reached") },
      { host: "web2", resources: 2 },
    ],
  });
  writeFileSync(at("a"), "other");
  expect((await drift("--detailed-exitcode")).code).toBe(1);
});

test("--allow-unreachable leaves them out of the answer", async () => {
  const { at, drift } = await siteApart();
  expect(await drift("--detailed-exitcode --allow-unreachable")).toMatchObject({ code: 0 });
  writeFileSync(at("a"), "other");
  expect(await drift("--detailed-exitcode --allow-unreachable")).toMatchObject({ code: 2 });
});

test("--fix puts back what it can see, says what it could not, and ends with 1", async () => {
  const { at, drift } = await siteApart();
  expect((await drift("--fix --yes")).code).toBe(1);
  writeFileSync(at("a"), "other");
  const fixed = await drift("--fix --yes");
  expect(fixed).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("web2: 2 resources not looked at: cannot be"),
  });
  expect(await Bun.file(at("a")).text()).toBe("x");
  writeFileSync(at("a"), "other");
  expect((await drift("--fix --yes --allow-unreachable")).code).toBe(0);
});
