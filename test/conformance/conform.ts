import { expect } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import type { AnyResource } from "../../src/engine/resource.ts";
import { formsOf } from "../../src/base/secret-forms.ts";
import { leaf, person } from "../secrets/_values.ts";
import type { Ran } from "../support/binary.ts";
import type { ByHand, Case } from "./case.ts";
import type { Machine } from "./machine.ts";

/** What every resource type promises, whatever it keeps. */
export async function conforms(type: AnyResource, one: Case, machine: Machine): Promise<void> {
  const trial = await prepare(type.name, one, machine);
  const before = await trial.look();
  const planned = await trial.events("plan");
  expect(await trial.look()).toBe(before);

  expect(await trial.events("run")).toEqual(planned);
  expect(planned).not.toEqual([]);
  const after = await trial.look();
  for (const command of ["run", "plan"] as const) {
    expect(await trial.events(command)).toEqual([]);
    expect(await trial.look()).toBe(after);
  }

  expect(await trial.drifted()).toEqual([]);
  const recorded = await trial.recordedProperties();
  expect(Object.keys(one.byHand)).toEqual(expect.arrayContaining([...recorded]));
  for (const [property, change] of Object.entries(one.byHand)) {
    await putsBack(property, typeof change === "string" ? { sh: change } : change, trial);
    expect({ property, machine: await trial.look() }).toEqual({ property, machine: after });
  }

  const destroyed = await trial.stack("destroy", "--yes");
  expect({ ...destroyed, said: destroyed.stdout + destroyed.stderr }).toMatchObject({
    code: one.lasts === undefined ? 0 : 1,
    said: expect.stringContaining(one.lasts ?? ""),
  });
  if (one.left !== undefined) await trial.shell(one.left);
  expect(await trial.look()).toBe(one.lasts === undefined ? before : after);
}

/** One line of drift with the right property, and a run that changes just that. */
async function putsBack(property: string, change: ByHand, trial: Trial): Promise<void> {
  await trial.shell(change.sh);
  const changed = await trial.look();
  const drifts = (change.drifts ?? [property]).toSorted();
  expect({ property, drifted: await trial.drifted() }).toEqual({ property, drifted: [drifts] });
  expect(await trial.look()).toBe(changed);
  if (change.undo !== undefined) return leaves(change, trial);
  const planned = await trial.events("plan");
  expect(await trial.events("run")).toEqual(planned);
  expect({ property, changes: planned.length }).toEqual({ property, changes: 1 });
  if (property !== "exists") expect(planned[0]?.properties).toEqual(drifts);
  expect(await trial.events("run")).toEqual([]);
}

async function leaves(change: ByHand, trial: Trial): Promise<void> {
  if (change.refused === undefined) expect(await trial.events("run")).toEqual([]);
  else expect(await trial.run("run")).toMatchObject({ code: 1, stderr: expect.stringContaining(change.refused) });
  await trial.shell(change.undo ?? "");
  await trial.events("run");
  expect(await trial.drifted()).toEqual([]);
}

/**
 * What is sensitive, or a secret, reaches its place and nothing else: no terminal, no event, no record, no list of processes. A secret comes
 * encrypted, in a file of values, so that then it is in clear nowhere but there.
 */
export async function keepsSecrets(type: AnyResource, one: Case, machine: Machine, how: "sensitive" | "secret") {
  const trial = await prepare(type.name, one, machine, how);
  const said: string[] = [];
  const say = async (ran: Promise<Ran>): Promise<void> => {
    const { code, stdout, stderr } = await ran;
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    said.push(stdout, stderr);
  };
  await say(trial.run("plan", "--diff", "--verbose"));
  await say(trial.run("plan", "--output", "json"));
  const watch = watchProcesses(trial.secret);
  await say(trial.run("run", "--diff", "--verbose"));
  expect(watch.end()).toEqual([]);
  await trial.shell(one.arrived ?? "false");
  await say(trial.run("run", "--output", "json", "--diff"));
  for (const change of Object.values(one.byHand)) {
    if (typeof change !== "string" && change.undo !== undefined) continue;
    await trial.shell(typeof change === "string" ? change : change.sh);
    await say(trial.stack("drift"));
    await say(trial.stack("drift", "--output", "json"));
    await say(trial.run("plan", "--diff", "--output", "json"));
    await say(trial.run("run", "--diff"));
    await trial.shell(one.arrived ?? "false");
  }
  await say(trial.stack("resources", "--output", "json"));
  await say(trial.stack("history", "--output", "json"));
  for (const run of ["1", "3"]) await say(trial.stack("history", run, "--diff"));
  await say(trial.stack("export"));
  for (const flag of ["--dry-run", "--yes"]) {
    const { stdout, stderr } = await trial.stack("destroy", flag); // what is secret may be what it cannot bring back
    said.push(stdout, stderr);
  }
  await say(trial.kept());
  for (const form of formsOf(Buffer.from(trial.secret), "telling")) expect(said.join("\n").includes(form)).toBe(false);
  expect(await trial.found()).toBe("");
}

interface Trial {
  readonly secret: string;
  look(): Promise<string>;
  shell(script: string): Promise<string>;
  run(command: "plan" | "run", ...flags: readonly string[]): Promise<Ran>;
  stack(words: string, ...flags: readonly string[]): Promise<Ran>;
  /** What a plan or run says it changed. */
  events(command: "plan" | "run"): Promise<readonly Told[]>;
  /** Properties of each resource that is not as it was left. */
  drifted(): Promise<readonly (readonly string[])[]>;
  recordedProperties(): Promise<readonly string[]>;
  /** What can be taken out of the record as a whole: an export, and a backup that lies beside it then. */
  kept(): Promise<Ran>;
  /** Files beside it in which the secret stands, in whatever form it can be read in. */
  found(): Promise<string>;
}

interface Told {
  readonly address: string;
  readonly action: string;
  readonly properties: readonly string[];
  readonly changes: unknown;
}

async function prepare(type: string, one: Case, machine: Machine, how?: "sensitive" | "secret"): Promise<Trial> {
  const here = await machine.directory();
  const record = `${here}.record`;
  const secret = one.secret ?? `hush-${type.replace(".", "-")}-${process.pid}`;
  const shell = (script: string) => machine.shell(`SECRET='${secret}'\n${script.replaceAll("HERE", here)}`);
  await machine.shell(`mkdir -p ${here} ${record}`);
  await shell(one.given ?? "");
  const value = how === "secret" ? "values.hidden" : `[==[${secret}]==]`;
  const sensitive = how === "sensitive" ? ", sensitive = true" : "";
  const source = `workflow{ name = "case" }\nlocal SECRET = ${value}\n${type}{ ${one.call}${sensitive} }\n`;
  await machine.write(`${record}/case.lua`, source.replaceAll("HERE", here));
  const hidden = how === "secret" ? await encrypted(secret, record, machine) : [];
  const run: Trial["run"] = (command, ...flags) =>
    machine.sloth([command, `${record}/case.lua`, "--db", `${record}/s.db`, ...hidden, ...flags]);
  const stack: Trial["stack"] = (words, ...flags) =>
    machine.sloth(["stack", words, "case", ...flags, "--db", `${record}/s.db`]);
  // The key of the digests that plan and run show comes with the first run.
  await machine.write(`${record}/empty.lua`, "");
  await machine.sloth(["run", `${record}/empty.lua`, "--db", `${record}/s.db`]);
  return {
    secret,
    look: () => machine.look(here),
    shell,
    run,
    stack,
    async events(command) {
      const { code, stdout, stderr } = await run(command, "--output", "json");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return stdout.trim().split("\n").flatMap(toTold);
    },
    async drifted() {
      const { resources } = documentOf(await stack("drift", "--output", "json"));
      return resources.filter(({ kind }) => kind !== "ok").map(({ properties }) => namesOf(properties));
    },
    async kept() {
      const backup = ["doctor", "--backup", `${record}/backup.db`, "--db", `${record}/s.db`];
      expect(await machine.sloth(["stack", ...backup])).toMatchObject({ code: 0 });
      return await stack("export", "--contents");
    },
    async found() {
      const forms = [...formsOf(Buffer.from(secret), "telling")].filter((form) => !form.includes("\n"));
      await machine.write(`${here}.forms`, `${forms.join("\n")}\n`);
      const clear = how === "sensitive" ? "--exclude=case.lua" : "";
      return await machine.shell(`LC_ALL=C grep -rlaF ${clear} -f ${here}.forms ${record} || true`);
    },
    async recordedProperties() {
      const { resources } = documentOf(await stack("resources", "--output", "json"));
      expect(resources.length).toBe(1);
      const properties = resources[0]?.properties;
      return properties === null ? ["exists"] : Object.keys(Object(properties));
    },
  };
}

/** Puts it into a file of values, with the identity beside it; answers the flags that name both. */
async function encrypted(secret: string, record: string, machine: Machine): Promise<readonly string[]> {
  const who = await person("ana");
  await machine.write(`${record}/values.yaml`, `hidden: ${await leaf(["hidden"], secret, who)}\n`);
  await machine.write(`${record}/identity`, who.identity);
  return ["--values", `${record}/values.yaml`, "--identity", `${record}/identity`];
}

interface Listed {
  readonly resources: readonly { readonly kind: string; readonly properties: unknown }[];
}

function documentOf(ran: Ran): Listed {
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout) as Listed;
}

function namesOf(properties: unknown): readonly string[] {
  return Array.isArray(properties) ? properties.map(({ property }: { property: string }) => property).sort() : [];
}

function toTold(line: string): readonly Told[] {
  const event = JSON.parse(line) as {
    type: string;
    address: string;
    outcome: { changed: boolean; action: string; changes: unknown };
  };
  if (event.type !== "resource_done" || !event.outcome.changed) return [];
  const { action, changes } = event.outcome;
  return [{ address: event.address, action, properties: namesOf(changes), changes }];
}

/** Looks at the words of every process until it is ended; those of a lab host are seen from here too. */
function watchProcesses(secret: string): { end(): readonly string[] } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const words = wordsOf(pid);
      if (words.includes(secret)) seen.add(words);
    }
  };
  const timer = setInterval(look, 5);
  return {
    end() {
      clearInterval(timer);
      return [...seen];
    },
  };
}

function wordsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
