import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostEntry } from "../../src/engine/hosts.ts";
import { cleanHost } from "../../src/remote/clean.ts";
import { throughSsh } from "../../src/remote/ssh.ts";
import { processIdentity } from "../../src/system/processes/process-identity.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { thrownBy } from "../support/thrown.ts";

const path = process.env["PATH"];
afterEach(() => void (process.env["PATH"] = path));

const entry: HostEntry = { name: "web1", groups: [], vars: {} };
const options = { connectSeconds: 0, handshakeMs: 300, mayAsk: false };

/** An ssh of ours goes before the real one. */
function fakeSsh(script: string): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "ssh"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env["PATH"] = `${directory}:${path}`;
  return directory;
}

test("an ssh that hangs with a proxy that holds its output is ended in time, and the proxy with it", async () => {
  const directory = fakeSsh(`sleep 100 & echo $! > "$(dirname "$0")/proxy"; wait`);
  const started = performance.now();
  expect(await thrownBy(cleanHost(entry, options))).toMatchObject({ code: "E_HOST_TIMEOUT" });
  expect(performance.now() - started).toBeLessThan(3_000);
  const proxy = Number(await Bun.file(join(directory, "proxy")).text());
  expect(processIdentity(proxy)).toBeNull();
});

test("an ssh that has ended is not waited for because a proxy still holds its output", async () => {
  fakeSsh(`(trap '' TERM; sleep 3) & echo 'ssh: connect to host web1 port 22: Connection refused' >&2; exit 255`);
  const started = performance.now();
  expect(await thrownBy(cleanHost(entry, { ...options, handshakeMs: 60_000 }))).toMatchObject({
    code: "E_HOST_UNREACHABLE",
  });
  expect(performance.now() - started).toBeLessThan(2_500);
});

test("what an ssh said before it ended is all read, though it is much", async () => {
  fakeSsh("head -c 3000000 /dev/zero; exit 0");
  const seen = await throughSsh(entry, { ...options, handshakeMs: 60_000 }, async (pipe) => {
    let size = 0;
    for await (const piece of pipe.incoming) size += piece.length;
    return size;
  });
  expect(seen).toBe(3_000_000);
});

test("a host that says no end of things to agent clean is left", async () => {
  fakeSsh("yes 'sloth-removed /x'");
  expect(await thrownBy(cleanHost(entry, { ...options, handshakeMs: 60_000 }))).toMatchObject({
    code: "E_PROTOCOL",
    message: expect.stringMatching(/^web1: sent more than 1 MiB/),
  });
});

test("an ssh of before 8.7 is told only what it knows", async () => {
  const directory = fakeSsh(
    `case "$*" in *SessionType*) echo 'command-line: line 0: Bad configuration option: sessiontype' >&2; exit 255;; esac
     echo "$*" > "$(dirname "$0")/words"; printf '\\nsloth-clean\\n'; cat > /dev/null`,
  );
  expect(await cleanHost(entry, { ...options, handshakeMs: 60_000 })).toEqual([]);
  expect(await Bun.file(join(directory, "words")).text()).not.toContain("StdinNull");
});
