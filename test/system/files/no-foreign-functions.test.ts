import { expect, test } from "bun:test";
import * as fs from "node:fs";
import { resolve } from "node:path";
import { makeOutput } from "../../../src/system/processes/output.ts";
import { needs } from "../../support/needs.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const source = resolve(import.meta.dir, "../../../src");
const PR_SET_MDWE = 65;

/** Refuses itself and its children memory that is both written and run, as systemd's MemoryDenyWriteExecute does; then runs a module. */
function underPolicy(module: string): string {
  const outer = `
    const { dlopen } = await import("bun:ffi");
    const c = dlopen("libc.so.6", { prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" } });
    if (c.symbols.prctl(${PR_SET_MDWE}, 1, 0, 0, 0) !== 0) process.exit(0);
    const child = Bun.spawnSync([process.execPath, "-e", process.argv[1]], { stderr: "inherit" });
    process.stdout.write(child.stdout);`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", outer, module]);
  return stdout.toString() + stderr.toString();
}

needs(underPolicy(`console.log("possible")`) === "possible\n", "Linux 6.3 and glibc")(
  "where memory may not be both written and run, files are written and commands run all the same",
  () => {
    const root = temporaryDirectory();
    fs.writeFileSync(`${root}/f`, "old", { mode: 0o640 });
    const told = underPolicy(`
      import { openHost } from "${source}/system/host.ts";
      import { libc } from "${source}/system/libc.ts";
      const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
      await system.writeFile("${root}/f", Buffer.from("new"), {});
      const { stdout, stderr } = await system.run(["sh", "-c", "echo out; echo err >&2"]);
      console.log(libc(), Buffer.from(stdout).toString(), Buffer.from(stderr).toString());`);
    expect(told).toBe("null out\n err\n\n");
    expect(fs.readFileSync(`${root}/f`, "utf8")).toBe("new");
    expect(fs.statSync(`${root}/f`).mode & 0o777).toBe(0o640);
  },
);

test("the runtime's own stream stands in for a pipe", async () => {
  const output = makeOutput(null);
  const child = Bun.spawn(["echo", "hello"], { stdout: output.childEnd });
  const { value } = await output.open(child.stdout).read();
  expect(Buffer.from(value ?? []).toString()).toBe("hello\n");
  output.close();
});
