import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temp.ts";

test("a file of a host comes whole, however large it is, and again only when it changed", () => {
  const here = temporaryDirectory();
  const home = join(here, "home");
  mkdirSync(home);
  const ssh = `#!/bin/sh\nfor last; do :; done\nexec env -i PATH="$PATH" HOME=${home} sh -c "$last"\n`;
  writeFileSync(join(here, "ssh"), ssh, { mode: 0o755 });
  const [there, got] = [join(here, "large"), join(here, "got")];
  writeFileSync(there, new Uint8Array(90 << 20).fill(7)); // more than a message may hold
  writeFileSync(
    join(here, "w.lua"),
    `workflow{ name = "fetching" }\nfile_ops.fetch{ src = "${there}", dest = "${got}", delegate_to = "h1" }\n`,
  );
  const env = { PATH: `${here}:${process.env["PATH"]}`, HOME: home };
  const sloth = (command: string) => run([BINARY, command, "w.lua", "--db", join(here, "s.db")], { env, cwd: here });
  expect(sloth("plan").stdout).toContain("1 would be created");
  for (const said of ["1 created", "1 unchanged"]) expect(sloth("run").stdout).toContain(said);
  expect(Buffer.compare(readFileSync(got), readFileSync(there))).toBe(0);
  appendFileSync(there, "more");
  expect(sloth("run").stdout).toContain("1 updated");
  expect(readFileSync(got)).toHaveLength((90 << 20) + 4);
}, 120_000);
