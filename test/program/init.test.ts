import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { BINARY, run } from "../support/binary.ts";
import { unprivileged } from "../support/namespace.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const env = (home: string) => ({ HOME: home, SLOTH_RUNNER: BINARY, TMPDIR: home });

test("a project that was begun passes its own test, and a second beginning changes nothing", () => {
  using dir = temporaryDirectory();
  const site = join(dir.path, "site");
  const begin = () => run([BINARY, "init", site], { env: env(dir.path) });
  expect(begin()).toMatchObject({ code: 0, stderr: "" });
  const before = run(["sh", "-c", `cd '${site}' && find . -type f | sort | xargs sha256sum`]).stdout;
  expect(run(["sh", join(site, "test.sh")], { env: env(dir.path) })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/2 created[^]*2 unchanged[^]*\nok\n$/),
  });
  expect(begin().stdout).not.toMatch(/^wrote/m);
  expect(run(["sh", "-c", `cd '${site}' && find . -type f | sort | xargs sha256sum`]).stdout).toBe(before);
});

unprivileged("an ordinary user's does too", () => {
  using dir = temporaryDirectory();
  chownSync(dir.path, 65534, 65534);
  chmodSync(dir.path, 0o700);
  const as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  expect(run([...as, BINARY, "init", join(dir.path, "site")], { env: env(dir.path) })).toMatchObject({ code: 0 });
  expect(run([...as, "sh", join(dir.path, "site/test.sh")], { env: env(dir.path) })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nok\n$/),
  });
});
