import type { WorkflowRequest } from "../../src/run/workflow-request.ts";
import { describe, expect, test } from "bun:test";
import type { Table } from "../../src/cli/command.ts";
import { workflowCommand } from "../../src/cli/workflow-command.ts";
import type { Mode } from "../../src/engine/events.ts";
import { runLine, type Ran } from "../support/command-line.ts";

/** Runs a line with commands that only note what they were asked for. */
async function asked(line: string): Promise<Ran & { readonly request: WorkflowRequest | undefined }> {
  let request: WorkflowRequest | undefined;
  const noting = (mode: Mode) => {
    const made = workflowCommand(mode, (given) => {
      request = given;
      return Promise.resolve(0);
    });
    return () => Promise.resolve({ default: made });
  };
  const table: Table = { run: noting("apply"), plan: noting("plan"), check: noting("check") };
  return { ...(await runLine(line.split(" "), { table })), request };
}

const nothing: WorkflowRequest = {
  mode: "apply",
  file: undefined,
  sha256: undefined,
  stack: undefined,
  database: undefined,
  create: false,
  valuesFile: undefined,
  set: [],
  identities: [],
  tasks: [],
  tags: [],
  on: [],
  inventory: undefined,
  limit: undefined,
  reach: {
    agentDir: undefined,
    sshConfig: undefined,
    connectTimeoutMs: undefined,
    handshakeTimeoutMs: undefined,
    silenceTimeoutMs: undefined,
  },
  diff: false,
  prune: false,
  force: false,
  yes: false,
  lockTimeoutMs: undefined,
  timeoutMs: undefined,
  output: "human",
  verbosity: "normal",
  detailedExitCode: false,
};

test("without arguments nothing special is asked for", async () => {
  expect((await asked("run")).request).toEqual(nothing);
  expect((await asked("plan")).request).toEqual({ ...nothing, mode: "plan" });
  expect((await asked("check")).request).toEqual({ ...nothing, mode: "check" });
});

test("every flag arrives", async () => {
  const line =
    "run - --stack web --values v.yaml --set a=1 --set b=2 --task x --task y --tags p,q --diff --yes --lock-timeout 5m " +
    "--timeout 1h --output json --verbose --db /tmp/x.db --create";
  expect((await asked(line)).request).toEqual({
    ...nothing,
    file: "-",
    stack: "web",
    database: "/tmp/x.db",
    create: true,
    valuesFile: "v.yaml",
    set: ["a=1", "b=2"],
    tasks: ["x", "y"],
    tags: ["p", "q"],
    diff: true,
    yes: true,
    lockTimeoutMs: 300_000,
    timeoutMs: 3_600_000,
    output: "json",
    verbosity: "verbose",
  });
});

test("run --dry-run is a plan", async () => {
  expect((await asked("run a.lua --dry-run")).request).toEqual({ ...nothing, mode: "plan", file: "a.lua" });
});

describe("contradictions and typing errors never reach the workflow", () => {
  test.each([
    ["run --quiet --verbose", "--quiet and --verbose contradict each other"],
    ["run - --values -", "the workflow and its values cannot both come from standard input"],
    ["run --prune --task x", "--prune cannot be used with --task or --tags; only a run of all tasks knows what"],
    ["run --stack --dry-run", "--stack needs a value; '--dry-run' follows it"],
    ["run --dryrun", "unknown flag '--dryrun'; did you mean '--dry-run'?"],
    ["run site.lua plan", "'plan' is one argument too many"],
    ["run --detailed-exitcode", "unknown flag '--detailed-exitcode'"],
    ["check --db x", "unknown flag '--db'"],
    ["run --timeout 5x", "--timeout is '5x', expected a duration such as 90s, 5m or 1h30m"],
  ])("%s", async (line, message) => {
    const { code, stdout, stderr, request } = await asked(line);
    expect({ code, stdout, request }).toEqual({ code: 64, stdout: "", request: undefined });
    expect(stderr).toStartWith(`sloth-runner: ${message}`);
  });
});

test("a workflow on standard input is held to a digest, and has to be where what is missing in it would be removed", async () => {
  const digest = "A1".repeat(32);
  expect((await asked(`run - --sha256 ${digest} --prune --yes`)).request).toMatchObject({
    sha256: digest.toLowerCase(),
  });
  expect((await asked(`plan x.lua --sha256 sha256:${digest}`)).request).toMatchObject({ sha256: digest.toLowerCase() });
  expect(await asked("run - --sha256 abc")).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("64 hexadecimal digits"),
  });
  for (const command of ["run", "plan"])
    expect(await asked(`${command} - --prune --yes`)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("standard input may be cut"),
    });
  expect((await asked("run site.lua --prune --yes")).request).toMatchObject({ prune: true });
});
