import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BINARY } from "../support/binary.ts";
import { beFuzzedHost } from "../support/fuzzed-host.ts";
import { temporaryDirectory } from "../support/temp.ts";

/** How long hosts are made up for; ten minutes of new ones are `SLOTH_FUZZ_MS=600000 SLOTH_FUZZ_SEED=$RANDOM npx bun test test/program/fuzzed-host.test.ts`. */
const FUZZ_MS = Number(process.env["SLOTH_FUZZ_MS"] ?? 2_000);
/** The first host; the same hosts in every short run, so that it fails for what was changed. */
const FIRST = Number(process.env["SLOTH_FUZZ_SEED"] ?? 7);
const HOSTS = 12;
const IS_LONG = process.env["SLOTH_FUZZ_MS"] !== undefined;
/** So many at once. */
const PARALLEL = IS_LONG ? 6 : 2;
/** In bytes; beside the other tests, on a machine that is busy with them, the collector comes late. */
const MOST = (IS_LONG ? 200 : 400) << 20;

/** An ssh whose hosts are made up from their names: h7 is that of seed 7. */
function withFakeSsh(directory: string): string {
  const module = resolve(import.meta.dir, "../support/fuzzed-host.ts");
  const be = `const { ${beFuzzedHost.name}: be } = await import(${JSON.stringify(module)}); await be(Number(process.argv[1])).catch(() => {})`;
  const script = `#!/bin/sh
while [ "$1" != -- ]; do shift; done
exec "${process.execPath}" -e '${be}' "\${2#h}"
`;
  writeFileSync(join(directory, "ssh"), script, { mode: 0o755 });
  return `${directory}:${process.env["PATH"]}`;
}

const workflow = (from: number): string => `
workflow{ name = "fuzzed", max_parallel = ${PARALLEL} }
for i = ${from}, ${from + HOSTS - 1} do
  task{ name = "t" .. i, delegate_to = "h" .. i, timeout = "2s", run = function()
    pcall(facts.os)
    pcall(fs.exists, "/etc")
    file_ops.copy{ content = "x", dest = "/nowhere/x" }
    exec.run{ cmd = "true" }
  end }
end`;

test(
  "whatever a host says, the program keeps its memory, its words and its terminal",
  async () => {
    const directory = temporaryDirectory();
    const PATH = withFakeSsh(directory);
    let [seed, most] = [FIRST, 0];
    for (const until = performance.now() + FUZZ_MS; performance.now() < until; seed += HOSTS) {
      writeFileSync(join(directory, "w.lua"), workflow(seed));
      const flags = ["--verbose", "--diff", "--connect-timeout", "1s", "--handshake-timeout", "1s"];
      const argv = [BINARY, "run", join(directory, "w.lua"), "--db", join(directory, `${seed}.db`), ...flags];
      const ran = Bun.spawn(argv, { env: { PATH, HOME: directory }, stdout: "pipe", stderr: "pipe" });
      const shown = (await Promise.all([ran.stdout.text(), ran.stderr.text()])).join("\n");
      const where = `seed ${seed}`;
      expect([where, await ran.exited]).toEqual([where, 1]);
      expect([where, /[^\n\P{C}]|this is a bug|^sloth-runner: all is well/mu.exec(shown)?.[0]]).toEqual([
        where,
        undefined,
      ]);
      most = Math.max(most, ran.resourceUsage()?.maxRSS ?? 0);
      expect([where, most < MOST]).toEqual([where, true]);
    }
    console.log(`most memory: ${Math.round(most / (1 << 20))} MiB`);
  },
  FUZZ_MS + 120_000,
);
