import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeValue, type Value } from "../../src/base/value.ts";
import { succeed } from "./command.ts";
import type { LabHost } from "./host.ts";

export interface Call {
  /** "user.ensure" */
  readonly type: string;
  readonly props: Value;
}

/** What the engine would tell of one call. */
export interface Answer {
  readonly changed: boolean;
  readonly action: string;
  /** Names of the properties that differed. */
  readonly properties: readonly string[];
  /** The changes with their values, as text. */
  readonly changes: string;
  /** Of a query. */
  readonly value?: unknown;
  readonly error?: string;
}

export interface DeclareOptions {
  readonly plan?: boolean | undefined;
  /** Run as this user. */
  readonly as?: string | undefined;
  /** Run in this directory as if it were the root. */
  readonly chroot?: string | undefined;
  /** Where commands are looked for there. */
  readonly path?: string | undefined;
}

const AGENT = "/usr/local/lib/declare-agent"; // below /usr, which a chroot of the tests has too

/** Puts on hosts the program that `declareOn` runs there. */
export async function installAgent(...hosts: readonly LabHost[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "sloth-agent-"));
  const program = join(directory, "agent");
  const source = join(import.meta.dir, "declare-agent.ts");
  await succeed([process.execPath, "build", "--compile", "--outfile", program, source]);
  await Promise.all(hosts.map((host) => host.copyIn(program, AGENT)));
  rmSync(directory, { recursive: true });
}

/** Declares there what the calls say, one after the other in one process. */
export async function declareOn(
  host: LabHost,
  calls: readonly Call[],
  options: DeclareOptions = {},
): Promise<readonly Answer[]> {
  const stdin = calls.map(({ type, props }) => encodeValue({ type, props })).join("\n");
  const as = options.as === undefined ? [] : ["setpriv", `--reuid=${options.as}`, "--clear-groups", "--"];
  const root = options.chroot === undefined ? [] : ["chroot", options.chroot];
  const path = options.path === undefined ? [] : ["env", `PATH=${options.path}`];
  const said = await host.succeed([...root, ...as, ...path, AGENT, options.plan === true ? "plan" : "apply"], {
    stdin,
  });
  return said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

/**
 * Plan says it and changes nothing, a run does just that, a second run has nothing to do. `look` answers the state that is meant.
 * Answers the properties that were changed, call by call.
 */
export async function converge(
  host: LabHost,
  look: () => Promise<string>,
  calls: readonly Call[],
  options: DeclareOptions = {},
): Promise<readonly (readonly string[])[]> {
  const before = await look();
  const planned = told(await declareOn(host, calls, { ...options, plan: true }));
  expect(await look()).toBe(before);
  const done = told(await declareOn(host, calls, options));
  expect(planned).toEqual(done);
  const after = await look();
  expect(told(await declareOn(host, calls, options))).toEqual(calls.map(() => []));
  expect(await look()).toBe(after);
  return done;
}

export async function errorOf(host: LabHost, call: Call, options?: DeclareOptions): Promise<string> {
  const [answer] = await declareOn(host, [call], options);
  return answer?.error ?? "no error";
}

function told(answers: readonly Answer[]): readonly (readonly string[])[] {
  return answers.map(({ properties, error }) => (error === undefined ? properties : [error]));
}
