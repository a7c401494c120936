import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./measure.ts";
import { peers, type Copies } from "./peers.ts";
import { sshWorkloads } from "./ssh/workloads.ts";

/** One row of the results: a tool at a piece of work. `group` is what is compared with each other. */
export interface Entry {
  readonly group: string;
  readonly tool: string;
  readonly command: Command;
}

export interface Tools {
  /** The compiled program, and the bare one of bare.ts. */
  readonly program: string;
  readonly bare: string;
  readonly peers: ReadonlySet<string>;
  /** Tells what is not measured, and why. */
  leaveOut(what: string): void;
}

/** A piece of work: made when its turn comes, in a directory that is removed after it. */
export interface Workload {
  readonly name: string;
  readonly where: "memory" | "disk" | "host";
  /** Left out by --quick. */
  readonly long?: true;
  entries(directory: string, tools: Tools): readonly Entry[] | Promise<readonly Entry[]>;
}

const OURS = "sloth-runner";
const BARE = "bare Bun";

export const workloads: readonly Workload[] = [
  { name: "start", where: "memory", entries: start },
  copies(30),
  copies(300),
  copies(1000),
  copies(10_000),
  { ...copies(100_000), long: true },
  { name: "disk", where: "disk", entries: onDisk },
  lines("lines in one file", () => "one.conf"),
  lines("lines in as many files", (i) => `${i}.conf`),
  record(10_000),
  { ...record(100_000), long: true },
  { name: "gigabyte", where: "disk", long: true, entries: gigabyte },
  ...sshWorkloads,
];

function start(directory: string, { program, bare }: Tools): readonly Entry[] {
  const cwd = directory;
  const empty = written(directory, "empty.lua", "");
  const argv = [program, "run", "--db", "db", empty] as const;
  Bun.spawnSync([program, "state", "set", "--db", "db", "k", "v"], { cwd });
  const ours = { version: ["version"], "state get": ["state", "get", "--db", "db", "k"] };
  return [
    { group: "start", tool: "hello, compiled", command: { argv: [bare, "hello"], cwd } },
    ...Object.entries(ours).map(([name, args]) => ({
      group: "start",
      tool: `${OURS} ${name}`,
      command: { argv: [program, ...args] as const, cwd },
    })),
    { group: "start", tool: "bare Bun with Lua", command: { argv: [bare, "lua"], cwd } },
    { group: "start", tool: `${OURS} run, nothing in it`, command: { argv, cwd } },
  ];
}

/** First run, then with nothing to do, by everybody. */
function copies(count: number): Workload {
  return {
    name: `copies ${count}`,
    where: "memory",
    entries(directory, tools) {
      const work = planted(directory, count);
      const { program, bare } = tools;
      const argv = [program, "run", "--db", "db", workflowOf(work)] as const;
      const others = peers.filter((peer) => tools.peers.has(peer.name) && count <= peer.most);
      const first = `${count} copies, first run`;
      const again = `${count} copies, nothing to do`;
      return [
        { group: first, tool: OURS, command: { argv, cwd: directory, reset: () => forget(work) } },
        { group: again, tool: OURS, command: { argv, cwd: directory } },
        { group: again, tool: BARE, command: bareCommand(bare, "look", work) },
        ...others.flatMap((peer) => {
          const command = { argv: peer.copies(work), cwd: directory };
          return [
            { group: first, tool: peer.name, command: { ...command, reset: () => forget(work) } },
            { group: again, tool: peer.name, command },
          ];
        }),
      ];
    },
  };
}

function onDisk(directory: string, { program, bare }: Tools): readonly Entry[] {
  const work = planted(directory, 1000);
  const group = "1000 copies on disk, every file synced, first run";
  const reset = (): void => forget(work);
  const argv = [program, "run", "--db", "db", workflowOf(work)] as const;
  return [
    { group, tool: BARE, command: { ...bareCommand(bare, "write", work), reset } },
    { group, tool: OURS, command: { argv, cwd: directory, reset } },
  ];
}

function lines(name: string, fileOf: (i: string) => string): Workload {
  const count = 1000;
  return {
    name,
    where: "memory",
    entries(directory, { program }) {
      const at = fileOf('" .. i .. "');
      const call = `file_ops.lineinfile{ path = "${directory}/lines/${at}", line = "option_" .. i .. " = yes", create = true }`;
      const file = written(directory, "lines.lua", `for i = 1, ${count} do\n  ${call}\nend\n`);
      const command = { argv: [program, "run", "--db", "db", file] as const, cwd: directory };
      const clear = (): void => forget({ directory, source: "", dest: join(directory, "lines"), count });
      return [
        { group: `${count} ${name}, first run`, tool: OURS, command: { ...command, reset: clear } },
        { group: `${count} ${name}, nothing to do`, tool: OURS, command },
      ];
    },
  };
}

function record(count: number): Workload {
  return {
    name: `record ${count}`,
    where: "memory",
    entries(directory, { program }) {
      const work = planted(directory, count);
      const argv = [program, "run", "--db", "db", "--stack", "copies", workflowOf(work)];
      const made = Bun.spawnSync(argv, { cwd: directory, stdout: "ignore" });
      if (!made.success) throw new Error(`the record could not be made: ${made.stderr.toString()}`);
      const asked = { list: [], resources: ["copies"], drift: ["copies"], history: ["copies"] };
      return Object.entries(asked).map(([name, args]) => ({
        group: `record of ${count} resources`,
        tool: `${OURS} stack ${name}`,
        command: { argv: [program, "stack", name, "--db", "db", ...args] as const, cwd: directory },
      }));
    },
  };
}

function gigabyte(directory: string, { program }: Tools): readonly Entry[] {
  const source = join(directory, "large");
  const dest = join(directory, "copied");
  const piece = Buffer.alloc(1 << 26, "a gigabyte of something ");
  for (let i = 0; i < 16; i++) appendFileSync(source, piece);
  const file = written(directory, "large.lua", `file_ops.copy{ src = "${source}", dest = "${dest}", mode = "0644" }\n`);
  const reset = (): void => forget({ directory, source, dest, count: 1 }, false);
  const group = "1 GiB";
  const script = `cp ${source} ${dest} && sha256sum ${dest}`;
  const ours = { argv: [program, "run", "--db", "db", file] as const, cwd: directory };
  return [
    { group, tool: "cp and sha256sum", command: { argv: ["sh", "-c", script], cwd: directory, reset } },
    { group, tool: `${OURS}, first run`, command: { ...ours, reset } },
    { group, tool: `${OURS}, nothing to do`, command: ours },
  ];
}

function bareCommand(bare: string, what: "look" | "write", { directory, source, dest, count }: Copies): Command {
  return { argv: [bare, what, source, dest, String(count)], cwd: directory };
}

function planted(directory: string, count: number): Copies {
  const work = { directory, source: join(directory, "source"), dest: join(directory, "dest"), count };
  mkdirSync(work.source);
  mkdirSync(work.dest);
  for (let i = 1; i <= count; i++)
    writeFileSync(join(work.source, `f${i}.conf`), `file ${i}\n${"setting = value\n".repeat(14)}`);
  return work;
}

function workflowOf({ directory, source, dest, count }: Copies): string {
  const call = `file_ops.copy{ src = "${source}/f" .. i .. ".conf", dest = "${dest}/f" .. i .. ".conf", mode = "0644" }`;
  return written(directory, "copies.lua", `for i = 1, ${count} do\n  ${call}\nend\n`);
}

/** As if nothing had ever been done. */
function forget({ directory, dest }: Copies, isDirectory = true): void {
  rmSync(dest, { recursive: true, force: true });
  if (isDirectory) mkdirSync(dest);
  for (const suffix of ["", "-wal", "-shm", ".key", ".locks"])
    rmSync(join(directory, `db${suffix}`), { recursive: true, force: true });
}

function written(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
