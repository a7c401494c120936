import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import { typesOf } from "../../src/engine/undo/find-drift.ts";
import type { TargetCall } from "../../src/engine/target/target.ts";
import { fileOps } from "../../src/modules/file_ops/index.ts";
import { modules } from "../../src/modules/registry.ts";
import { runAgent } from "../../src/remote/agent.ts";
import { Connection } from "../../src/remote/connection.ts";
import { RemoteTarget } from "../../src/remote/remote-target.ts";
import { openHost } from "../../src/system/host.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { wirePair } from "../support/wires.ts";
import { messageOf } from "../support/thrown.ts";

const copy = typesOf([fileOps]).get("file_ops.copy");
if (copy === undefined) throw new Error("no file_ops.copy");
const run = modules.flatMap((module) => module.functions).find((one) => one.name === "exec.run");
if (run?.form !== "action") throw new Error("no exec.run");

interface Far {
  readonly target: RemoteTarget;
  readonly ended: Promise<void>;
  readonly cut: () => void;
  readonly contents: HeldContents;
  readonly call: (signal?: AbortSignal) => TargetCall;
}

/** An agent in this process, behind a connection in memory. */
async function far(silenceMs = 5_000, said = ""): Promise<Far> {
  const { near, far, cut } = wirePair();
  const ended = runAgent(far, {
    version: "1",
    modules,
    user: "root",
    begin: () => [],
    open: ({ host, key }) => openHost({ mode: "apply", name: host, key }),
  });
  const connection = new Connection(near, "web1", silenceMs, () => said);
  const key = new Uint8Array(32).fill(1);
  await connection.greet({ version: "1", mode: "apply", host: "web1", key });
  const contents = new HeldContents(key);
  const system = openHost({ mode: "read", key }).reader({ signal: new AbortController().signal });
  const call = (signal = new AbortController().signal): TargetCall => ({
    signal,
    sensitive: false,
    keep: false,
    inputs: contents.from(system),
  });
  return { target: new RemoteTarget("web1", connection), ended, cut, contents, call };
}

describe("a resource at the far end", () => {
  test("is looked at, changed with contents that are streamed, and found right", async () => {
    const root = temporaryDirectory();
    const big = new Uint8Array(3 << 20).map((_, index) => index % 251);
    writeFileSync(join(root, "src"), big);
    const { target, contents, call, ended, cut } = await far();
    const digest = contents.holdBytes(big, false);
    const want = await copy.want({ dest: join(root, "dest"), content: big } as never, sourceHolding(digest));
    const dest = join(root, "dest");
    const found = await target.examine(copy, dest, want, call());
    expect(found.diff.action).toBe("create");
    const [applied] = await target.apply(copy, [{ name: dest, want, diff: found.diff }], call());
    expect(applied?.left).toEqual([]);
    expect(Buffer.compare(readFileSync(dest), big)).toBe(0);
    expect((await target.examine(copy, dest, want, call())).diff.changes).toEqual([]);
    cut();
    await ended;
  });

  test("that fails there fails here, with code, words and hint", async () => {
    const { target, contents, call, ended, cut } = await far();
    const want = await copy.want(
      { dest: "/proc/nope/x", content: "x" } as never,
      sourceHolding(contents.holdBytes(new Uint8Array([120]), false)),
    );
    const found = target
      .examine(copy, "/proc/nope/x", want, call())
      .then((seen) => target.apply(copy, [{ name: "/proc/nope/x", want, diff: seen.diff }], call()));
    const error: unknown = await found.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^E_/), message: expect.stringContaining("/proc/nope") });
    cut();
    await ended;
  });
});

test("a cancelled request ends the command that runs for it", async () => {
  const { target, call, ended, cut } = await far();
  const stop = new AbortController();
  const want = await run.want({ argv: ["sleep", "60"] } as never, sourceHolding("sha256:00"));
  const started = performance.now();
  const acting = target.act(run, want, call(stop.signal)).catch((thrown: unknown) => thrown);
  setTimeout(() => stop.abort(new Error("enough")), 50);
  expect(await acting).toMatchObject({ message: "enough" });
  expect(performance.now() - started).toBeLessThan(10_000);
  cut();
  await ended;
});

test("a connection that is cut fails what is pending with the host's name, and the agent ends what it ran", async () => {
  const { target, call, ended, cut } = await far();
  const want = await run.want({ argv: ["sleep", "60"] } as never, sourceHolding("sha256:00"));
  const acting = target.act(run, want, call()).catch((thrown: unknown) => thrown);
  setTimeout(cut, 50);
  expect(await acting).toMatchObject({ code: "E_HOST_LOST", message: expect.stringContaining("web1") });
  await ended;
});

test("what ssh said is told with the loss of a host", async () => {
  const want = await run.want({ argv: ["sleep", "60"] } as never, sourceHolding("sha256:00"));
  const { target, call, ended, cut } = await far(5_000, "banner\nTimeout, server web1 not responding.\n");
  const acting = target.act(run, want, call()).catch((thrown: unknown) => thrown);
  setTimeout(cut, 50);
  expect(await acting).toMatchObject({ message: expect.stringContaining("Timeout, server web1 not responding.") });
  await ended;
});

test("a host that was lost does not keep the task from its end", async () => {
  const want = await run.want({ argv: ["sleep", "60"] } as never, sourceHolding("sha256:00"));
  const { target, call, ended, cut } = await far();
  const acting = target.act(run, want, call()).catch((thrown: unknown) => thrown);
  cut();
  expect(await acting).toMatchObject({ code: "E_HOST_LOST" });
  await target.settle();
  await ended;
});

function sourceHolding(digest: string): never {
  const hold = (): string => digest;
  return { hold, holdFile: hold, sensitive: false, workflowDirectory: "/", locate: (path: string) => path } as never;
}

describe("what comes from the far end", () => {
  test("a command's output arrives whole, however much it is, beside the message", async () => {
    const { target, call, ended, cut } = await far();
    const words = ["sh", "-c", "head -c 20000000 /dev/zero | tr '\\0' x; head -c 100000 /dev/zero >&2"];
    const want = await run.want({ argv: words } as never, sourceHolding("sha256:00"));
    const { value } = await target.act(run, want, call());
    expect(value?.["stdout"]).toBe("x".repeat(20_000_000));
    expect(Buffer.from(value?.["stderr"] as string)).toEqual(Buffer.alloc(100_000));
    cut();
    await ended;
  });

  test("a file is streamed as it is taken, and whoever stops early keeps the connection", async () => {
    const root = temporaryDirectory();
    const big = new Uint8Array(9 << 20).map((_, index) => index % 251);
    writeFileSync(join(root, "big"), big);
    const { target, ended, cut } = await far();
    const { signal } = new AbortController();
    const all = Buffer.concat(await Array.fromAsync(target.open(join(root, "big"), signal)));
    expect(Buffer.compare(all, big)).toBe(0);
    for await (const piece of target.open(join(root, "big"), signal)) if (piece.length > 0) break;
    expect(await target.isDirectory(root)).toBe(true);
    expect(await messageOf(Array.fromAsync(target.open(join(root, "gone"), signal)))).toMatch(/^web1: .*gone/);
    cut();
    await ended;
  });
});
