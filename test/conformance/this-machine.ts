import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/binary.ts";
import { treeLines } from "../support/tree-digest.ts";
import type { Machine } from "./machine.ts";

/** This machine, for what stays in its own directory. */
export function thisMachine(): Machine & Disposable {
  const root = mkdtempSync(join(tmpdir(), "sloth-conformance-"));
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: root };
  const run = async (argv: readonly string[]) => {
    const child = Bun.spawn([...argv], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, stdout, stderr };
  };
  return {
    directory: () => Promise.resolve(join(root, String(readdirSync(root).length))),
    sloth: (words) => run([BINARY, ...words]),
    async shell(script) {
      const { code, stdout, stderr } = await run(["sh", "-ceu", script]);
      if (code !== 0) throw new Error(`${script}: exit code ${code}\n${stderr}`);
      return stdout;
    },
    write: (path, text) => Promise.resolve(writeFileSync(path, text)),
    look: (directory) => Promise.resolve(treeLines(directory).join("\n")),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}
