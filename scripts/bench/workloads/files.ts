import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ours } from "../tools/ours.ts";
import { scriptFor, secondsFor, type Counts, type Tool } from "../tools/tool.ts";
import { BARE, written, type Bench, type Entry, type Workload } from "./workload.ts";

/** First run, then with nothing to do, by everybody. */
export function files(name: string, counts: Counts, options: { readonly long?: boolean } = {}): Workload {
  return {
    name,
    where: "memory",
    ...options,
    entries(directory, bench) {
      plant(directory, counts);
      const tools = [{ ...ours, program: bench.program }, ...bench.peers];
      const rows = tools.flatMap((tool) => twice(name, tool, counts, directory, bench));
      const look =
        counts.copies === undefined ? [] : [bare(`${name}, nothing to do`, "look", counts.copies, directory, bench)];
      return [...rows.slice(0, 2), ...look, ...rows.slice(2)];
    },
  };
}

/** Where every file is synced before its rename, beside a bare loop that does that and no more. */
export function synced(count: number, options: { readonly long?: boolean } = {}): Workload {
  return {
    name: `disk ${count}`,
    where: "disk",
    ...options,
    entries(directory, bench) {
      plant(directory, { copies: count });
      const group = `${count} copies on disk, every file synced, first run`;
      const loop = bare(group, "write", count, directory, bench);
      const [first] = twice("", { ...ours, program: bench.program }, { copies: count }, directory, bench);
      if (first === undefined) throw new Error("copies are what we can do");
      const reset = (): void => putAside(directory);
      return [loop, first].map(({ tool, command }) => ({ group, tool, command: { ...command, reset } }));
    },
  };
}

function twice(name: string, tool: Tool, counts: Counts, directory: string, bench: Bench): readonly Entry[] {
  const script = scriptFor(tool, counts, directory);
  const seconds = secondsFor(tool, counts);
  if (script === undefined) bench.leaveOut(`${tool.name}: ${name} (cannot be said in it)`);
  else if (seconds > bench.mostSeconds) bench.leaveOut(`${tool.name}: ${name} (${tooLong(seconds, bench)})`);
  if (script === undefined || seconds > bench.mostSeconds) return [];
  const argv = tool.argv(tool.program, written(directory, script), directory);
  const command = { argv, cwd: directory, verify: () => verify(counts, directory) };
  return [
    { group: `${name}, first run`, tool: tool.name, command: { ...command, reset: () => forget(directory) } },
    { group: `${name}, nothing to do`, tool: tool.name, command },
  ];
}

export function tooLong(seconds: number, { mostSeconds }: Bench): string {
  if (seconds === Infinity) return "its time grows faster than their number";
  return `some ${Math.round(seconds)} s for a run, more than the ${mostSeconds} s allowed`;
}

function bare(group: string, what: "look" | "write", count: number, directory: string, bench: Bench): Entry {
  const argv = [bench.bare, what, join(directory, "source"), join(directory, "dest"), String(count)] as const;
  return { group, tool: BARE, command: { argv, cwd: directory } };
}

export function plant(directory: string, { copies = 1 }: Counts): void {
  const source = join(directory, "source");
  mkdirSync(source);
  mkdirSync(join(directory, "dest"));
  for (const { name, text } of sources(copies)) writeFileSync(join(source, name), text);
}

const REST = "setting = value\n".repeat(14);

/** What is copied, and one template in the words of each. */
export function sources(copies: number): readonly { readonly name: string; readonly text: string }[] {
  const plain = Array.from({ length: copies }, (_, i) => ({ name: `f${i + 1}.conf`, text: `file ${i + 1}\n${REST}` }));
  const number = { j2: "{{ number }}", mustache: "{{number}}", epp: "<%= $number %>", erb: "<%= @number %>" };
  const templates = Object.entries(number).map(([ending, word]) => ({
    name: `t.${ending}`,
    text: `name = site${word}\n${REST}`,
  }));
  return [...plain, ...templates];
}

/** Several of these tools end with 0 when they could not do it. */
function verify(counts: Counts, directory: string): void {
  const { copies = 0, templates = 0, directories = 0, links = 0, lines = 0 } = counts;
  const expected = copies + templates + directories + links + (counts["line files"] ?? 0) + (lines > 0 ? 1 : 0);
  const found = readdirSync(join(directory, "dest")).length;
  if (found !== expected) throw new Error(`of ${expected} files and directories there are ${found}`);
}

/** As if nothing had ever been done. */
export function forget(directory: string, dest = join(directory, "dest")): void {
  rmSync(dest, { recursive: true, force: true });
  mkdirSync(join(directory, "dest"), { recursive: true });
  for (const suffix of ["", "-wal", "-shm", ".key", ".locks"])
    rmSync(join(directory, `db${suffix}`), { recursive: true, force: true });
}

/**
 * As `forget`, without deleting anything: ext4 spends five seconds on passing over the inodes of deleted files whenever it makes a
 * new one, which would be measured.
 */
function putAside(directory: string): void {
  const aside = mkdtempSync(join(directory, "aside-"));
  for (const name of readdirSync(directory))
    if (name === "dest" || /^db(?:$|[-.])/.test(name)) renameSync(join(directory, name), join(aside, name));
  mkdirSync(join(directory, "dest"));
}
