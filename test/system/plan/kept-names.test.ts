import { afterAll, expect } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openHost } from "../../../src/system/host.ts";
import type { System } from "../../../src/system/system.ts";
import { asNobody, inNamespace, mounting, unprivileged } from "../../support/namespace.ts";
import { needs } from "../../support/needs.ts";

const root = mkdtempSync("/var/tmp/sloth-kept-");
afterAll(() => {
  Bun.spawnSync(["chattr", "-R", "-ia", root]);
  rmSync(root, { recursive: true });
});

function attribute(flag: "+i" | "+a", path: string): boolean {
  return Bun.which("chattr") !== null && Bun.spawnSync(["chattr", flag, path]).exitCode === 0;
}

function fresh(flag: "+i" | "+a", name: string): string {
  const directory = join(root, name);
  mkdirSync(directory);
  writeFileSync(join(directory, "file"), "old");
  writeFileSync(join(directory, "other"), "x");
  return attribute(flag, join(directory, "file")) ? directory : "";
}

const STEPS: readonly (readonly [name: string, act: (system: System, at: string) => unknown])[] = [
  ["write", (system, at) => system.writeFile(`${at}/file`, Buffer.from("new"), {})],
  ["remove", (system, at) => system.unlink(`${at}/file`)],
  ["rename", (system, at) => system.rename(`${at}/file`, `${at}/renamed`)],
  ["replace", (system, at) => system.rename(`${at}/other`, `${at}/file`)],
  ["chmod", (system, at) => system.chmod(`${at}/file`, 0o600)],
];

async function outcome(act: () => unknown): Promise<string> {
  try {
    await act();
    return "done";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

const may = process.geteuid?.() === 0 && fresh("+i", "probe") !== "";
for (const flag of ["+i", "+a"] as const)
  for (const [name, act] of STEPS) {
    needs(may, "root and a file system with attributes")(
      `chattr ${flag}: plan knows what becomes of: ${name}`,
      async () => {
        const directory = fresh(flag, `${flag}-${name.replaceAll(" ", "-")}`);
        const signal = new AbortController().signal;
        const [plan, real] = (["plan", "apply"] as const).map((mode) => openHost({ mode }).writer({ signal }));
        const planned = await outcome(() => plan && act(plan, directory));
        expect(readFileSync(join(directory, "file"), "utf8")).toBe("old");
        expect(planned).toBe(await outcome(() => real && act(real, directory)));
      },
    );
  }

const SAID = `
  const said = (act) => { try { act(); return "done"; } catch (error) { return error.code ?? String(error); } };
  tell([plan, system].map(TRY));`;

unprivileged("plan knows which files of others may have a further name", async () => {
  const open = mkdtempSync("/var/tmp/sloth-link-");
  Bun.spawnSync(["chmod", "1777", open]);
  writeFileSync(join(open, "mine"), "x");
  const module = SAID.replace("TRY", `(one, i) => said(() => one.hardlink("${open}/mine", "${open}/link" + i, false))`);
  const [planned, done] = (await asNobody(module, open)) as readonly string[];
  rmSync(open, { recursive: true });
  expect(planned).toBe(done ?? "");
});

unprivileged("plan knows a directory that may not be searched, also after it predicted something", async () => {
  const open = mkdtempSync("/var/tmp/sloth-search-");
  Bun.spawnSync(["chmod", "1777", open]);
  mkdirSync(join(open, "closed"), { mode: 0o700 });
  writeFileSync(join(open, "closed/file"), "x");
  const module = SAID.replace(
    "TRY",
    `(one) => { one.mkdir("${open}/made" + (one === plan ? 1 : 2), {}); return said(() => one.stat("${open}/closed/file")) + said(() => one.unlink("${open}/closed/file")); }`,
  );
  const [planned, done] = (await asNobody(module, open)) as readonly string[];
  rmSync(open, { recursive: true });
  expect(planned).toBe(done ?? "");
});

mounting("plan knows that what is mounted is busy", async () => {
  const place = mkdtempSync("/var/tmp/sloth-mounted-");
  writeFileSync(join(place, "file"), "x");
  writeFileSync(join(place, "over"), "y");
  const module = SAID.replace(
    "TRY",
    `(one) => said(() => one.unlink("${place}/file")) + said(() => one.rename("${place}/file", "${place}/gone"))`,
  );
  const [planned, done] = (await inNamespace(
    `mount --bind ${place}/over ${place}/file`,
    module,
    place,
  )) as readonly string[];
  rmSync(place, { recursive: true });
  expect(planned).toBe(done ?? "");
  expect(planned).toContain("E_BUSY");
});
