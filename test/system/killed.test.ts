import { expect, test } from "bun:test";
import * as fs from "node:fs";
import { resolve } from "node:path";
import { openHost } from "../../src/system/host.ts";
import { temporaryDirectory } from "../support/temp.ts";

const source = resolve(import.meta.dir, "../../src");

/** Writes two contents by turns, and makes a directory with an owner, until it is killed. */
const WRITER = `
import { openHost } from "${source}/system/host.ts";
import fs from "node:fs";
const [root] = process.argv.slice(1);
const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
for (let i = 0; ; i++) {
  await system.writeFile(root + "/f", Buffer.alloc(200_000, i % 2 === 0 ? "a" : "b"), { mode: 0o640 });
  system.mkdir(root + "/d", { mode: 0o1777 });
  system.unlink(root + "/d");
  if (i === 0) console.log("going");
}`;

test("killed at any instant: the file is one of the two, whole and with its mode, and the next run leaves no trace", async () => {
  for (let round = 0; round < 6; round++) {
    const root = temporaryDirectory();
    const child = Bun.spawn([process.execPath, "-e", WRITER, root], { stdout: "pipe", stderr: "ignore" });
    await child.stdout.getReader().read();
    await Bun.sleep(round * 3.7);
    child.kill("SIGKILL");
    await child.exited;
    const text = fs.readFileSync(`${root}/f`, "latin1");
    expect(text).toMatch(/^(a{200000}|b{200000})$/);
    expect(fs.statSync(`${root}/f`).mode & 0o7777).toBe(0o640);
    const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
    await system.writeFile(`${root}/f`, Buffer.from("after"), {});
    expect(fs.readdirSync(root).filter((name) => name !== "d")).toEqual(["f"]);
  }
});
