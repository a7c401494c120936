import { gunzipSync } from "bun";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parentOf } from "../../src/base/path.ts";
import { utf8Text } from "../../src/base/byte-text.ts";
import { typesOf } from "../../src/engine/undo/find-drift.ts";
import { modules } from "../../src/modules/registry.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem } from "../support/fake-system.ts";
import type { Entry, Family, Step } from "./family.ts";

interface Difference {
  readonly id: string;
  readonly what: readonly string[];
  /** Why it is meant. */
  readonly meant?: string | undefined;
}

export interface Replayed {
  readonly family: string;
  readonly steps: number;
  readonly alike: number;
  readonly skipped: readonly { readonly id: string; readonly why: string }[];
  readonly differences: readonly Difference[];
}

/** Does every step of a family's recording, each from the state that it was recorded from; null: the folder has no such recording. */
export async function replay(family: Family, folder: string): Promise<Replayed | null> {
  const path = [`${family.name}.jsonl.gz`, `${family.name}.jsonl`].map((name) => join(folder, name)).find(existsSync);
  if (path === undefined) return null;
  const skipped: { id: string; why: string }[] = [];
  const differences: Difference[] = [];
  const steps = stepsOf(path, family);
  for (const step of steps) {
    const call = family.call(step);
    if (typeof call === "string") {
      skipped.push({ id: step.id, why: call });
      continue;
    }
    const what = await differing(step, call.type, call.props, family);
    if (what.length > 0) differences.push({ id: step.id, what, meant: family.meant?.[step.id] });
  }
  const done = steps.length - skipped.length;
  return { family: family.name, steps: done, alike: done - differences.length, skipped, differences };
}

const BASE = "/tmp/base";

function stepsOf(path: string, family: Family): readonly Step[] {
  const bytes = readFileSync(path);
  const text = utf8Text(path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  const lines = text.split("\n").filter((line) => line !== "");
  const prepared = (line: string): string => family.prepare?.(line) ?? line;
  return lines.map((line) => JSON.parse(prepared(line.replaceAll("@BASE@", BASE))) as Step);
}

async function differing(
  step: Step,
  name: string,
  props: { readonly [name: string]: unknown },
  family: Family,
): Promise<readonly string[]> {
  const type = typesOf(modules).get(name);
  if (type === undefined) return [`there is no ${name}`];
  const kept = new Map<string, string>();
  for (const [key, entry] of Object.entries(step.before)) {
    const text = key.startsWith("/") ? null : (family.entryText?.(key, entry) ?? textOf(entry));
    if (text !== null) kept.set(key, text);
  }
  const system = new FakeSystem(
    family.commands?.(step, kept) ?? {},
    {},
    {
      files: { ...filesOf(step), ...family.files?.(step, kept) },
      byProgram: family.programs?.(step, kept) ?? {},
      programs: Object.keys(family.programs?.(step, kept) ?? {}),
    },
  );
  putLinksAndModes(step, system);
  const machine = system.asHost(step.check ? "plan" : "apply");
  const bench = { machine, key: new Uint8Array(32).fill(7), planning: step.check, workflowDirectory: "/" };
  const done = await declare(type, props as Parameters<typeof declare>[1], bench).then(
    ({ changed }) => ({ changed, failed: false, said: "" }),
    (error: unknown) => ({ changed: false, failed: true, said: String(error) }),
  );
  const what: string[] = [];
  if (done.failed !== step.failed) what.push(step.failed ? "they fail" : `we fail: ${done.said}`);
  if (!step.failed && !done.failed && done.changed !== step.changed)
    what.push(`changed: theirs ${step.changed}, ours ${done.changed}`);
  if (!step.check && !step.failed) what.push(...states(step, kept, system, family));
  return what;
}

function filesOf(step: Step): { readonly [path: string]: string } {
  const files: { [path: string]: string } = { [`${BASE}/.keep`]: "" };
  for (const [path, entry] of Object.entries(step.before)) {
    if (!path.startsWith("/") || entry === null || typeof entry === "string") continue;
    if (entry["dir"] === true) files[`${path}/.keep`] = "";
    else if (typeof entry.text === "string") files[path] = entry.text;
  }
  return files;
}

function putLinksAndModes(step: Step, system: FakeSystem): void {
  for (const [path, entry] of Object.entries(step.before)) {
    if (!path.startsWith("/") || entry === null || typeof entry === "string") continue;
    if (typeof entry["link"] === "string") {
      if (system.stat(parentOf(path)) !== null) system.symlink(entry["link"], path);
    } else if (typeof entry.m === "string" && system.stat(path)?.type === "file")
      system.chmod(path, Number.parseInt(entry.m, 8));
    const [uid, gid] = typeof entry["o"] === "string" ? entry["o"].split(":") : [];
    if (system.lstat(path) !== null) system.chown(path, uid, gid);
  }
}

function states(step: Step, kept: ReadonlyMap<string, string>, system: FakeSystem, family: Family): readonly string[] {
  const normal = (text: string | null, key: string): string => family.normal?.(text ?? "", key) ?? text ?? "";
  return [...new Set([...Object.keys(step.before), ...Object.keys(step.after)])].flatMap((key) => {
    const theirs = step.after[key] !== undefined ? step.after[key] : (step.before[key] ?? null);
    if (isDirectory(theirs) || isDirectory(step.before[key])) return [];
    const expected = family.entryText?.(key, theirs) ?? textOf(theirs);
    const own = family.text?.(key, system);
    const actual = own !== undefined ? own : key.startsWith("/") ? fileText(key, system) : (kept.get(key) ?? null);
    if (normal(expected, key) === normal(actual, key)) return [];
    return [`${key}: theirs ${JSON.stringify(expected)}, ours ${JSON.stringify(actual)}`];
  });
}

function isDirectory(entry: Entry | undefined): boolean {
  return typeof entry === "object" && entry?.["dir"] === true;
}

function textOf(entry: Entry): string | null {
  if (entry === null || typeof entry === "string") return entry;
  if (typeof entry["link"] === "string") return `-> ${entry["link"]}`;
  return typeof entry.text === "string" ? entry.text : null;
}

function fileText(path: string, system: FakeSystem): string | null {
  if (system.lstat(path)?.type === "link") return `-> ${system.readLink(path)}`;
  return system.stat(path)?.type === "file" ? utf8Text(system.readFile(path)) : null;
}
