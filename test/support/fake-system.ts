import { Accounts } from "../../src/system/accounts.ts";
import type { BaseLooks, Files, WriteRequest } from "../../src/system/files/files.ts";
import type { Ground } from "../../src/system/ground.ts";
import { openHost, type Host, type HostOptions } from "../../src/system/host.ts";
import { Overlay } from "../../src/system/plan/overlay.ts";
import { mayChangeNames, type Credentials } from "../../src/system/files/permissions.ts";
import { errnoOf } from "../../src/system/system-error.ts";
import type { Argv, CommandOptions, CommandResult, Contents, System } from "../../src/system/system.ts";
import { Writer } from "../../src/system/writer.ts";
import { fakeLooks, type FakeFiles } from "./fake-files.ts";

/** What a command answers: its standard output, more than that, or what it finds out when it is asked. */
export type FakeAnswer =
  | string
  | { readonly exitCode?: number; readonly stdout?: string | Uint8Array; readonly stderr?: string }
  | ((options: CommandOptions, system: System, argv: Argv) => FakeAnswer | Promise<FakeAnswer>);

/** By the words of the command with blanks between them. */
export type FakeCommands = { readonly [command: string]: FakeAnswer };

/** What commands answer differently after one was run. */
export type FakeTransitions = { readonly [command: string]: FakeCommands };

export interface FakeOptions {
  /** Accounts come from /etc/passwd and /etc/group here; root and nobody are there without. */
  readonly files?: FakeFiles;
  readonly env?: { readonly [name: string]: string };
  /** 0 when absent. */
  readonly euid?: number;
  /** 0o022 when absent. */
  readonly umask?: number;
  /** Programs beside those of the commands, for `which`. */
  readonly programs?: readonly string[];
  readonly key?: Uint8Array;
  /** What a program answers to words that are in no table. */
  readonly byProgram?: FakeCommands;
  /** Accounts that only `getent` knows, as its words say them: `passwd ldap`. */
  readonly elsewhere?: { readonly [words: string]: string };
}

/**
 * A machine that is made up: files in memory, commands from a table. It is a System in apply; `asHost(mode)` gives the engine a whole
 * host on the same ground, in plan with the real overlay. A command that is in no table fails the test by name.
 */
export class FakeSystem extends Writer {
  /** What was run, and what was only asked, in order. */
  readonly ran: string[] = [];
  readonly asked: string[] = [];
  private readonly ground: Ground;
  private readonly key: Uint8Array;

  constructor(commands: FakeCommands = {}, transitions: FakeTransitions = {}, options: FakeOptions = {}) {
    const key = options.key ?? new Uint8Array(32).fill(7);
    const ground = new FakeGround(commands, transitions, options);
    super(openHost({ mode: "apply", key, ground }), new AbortController().signal, false);
    this.ground = ground;
    this.key = key;
    ground.system = this;
  }

  asHost(mode: HostOptions["mode"]): Host {
    return openHost({ mode, key: this.key, ground: this.ground });
  }
}

class FakeGround implements Ground {
  readonly who: Ground["who"];
  readonly umask: number;
  readonly env: Ground["env"];
  readonly accounts: Accounts;
  readonly looks: Memory;
  system: FakeSystem | undefined;
  private readonly answers: Map<string, FakeAnswer>;
  private readonly transitions: FakeTransitions;
  private readonly programs: ReadonlySet<string>;
  private readonly byProgram: FakeCommands;

  constructor(commands: FakeCommands, transitions: FakeTransitions, options: FakeOptions) {
    this.who = { euid: options.euid ?? 0, groups: [options.euid ?? 0] };
    this.umask = options.umask ?? 0o022;
    this.env = options.env ?? {};
    this.answers = new Map(Object.entries(commands));
    this.transitions = transitions;
    const known = [...Object.keys(commands), ...Object.keys(transitions)].map((command) => command.split(" ")[0] ?? "");
    this.programs = new Set([...known, ...(options.programs ?? [])]);
    this.looks = new Memory(fakeLooks({ ...ACCOUNTS, ...options.files }, this.who), this.umask, this.who);
    this.byProgram = options.byProgram ?? {};
    this.accounts = new Accounts(this.looks, (table, key) => options.elsewhere?.[`${table} ${key}`] ?? null);
  }

  files(): Files {
    return this.looks;
  }

  which(program: string): string | null {
    return this.programs.has(program) ? `/usr/bin/${program}` : null;
  }

  query(argv: Argv, options: CommandOptions): Promise<CommandResult> {
    this.system?.asked.push(argv.join(" "));
    return this.answer(argv, options);
  }

  async run(argv: Argv, options: CommandOptions): Promise<CommandResult> {
    this.system?.ran.push(argv.join(" "));
    const result = await this.answer(argv, options);
    const after = this.transitions[argv.join(" ")] ?? {};
    for (const [command, answer] of Object.entries(after)) this.answers.set(command, answer);
    return result;
  }

  private async answer(argv: Argv, options: CommandOptions): Promise<CommandResult> {
    const command = argv.join(" ");
    let answer = this.answers.get(command) ?? (command in this.transitions ? "" : this.byProgram[argv[0]]);
    while (typeof answer === "function" && this.system !== undefined) answer = await answer(options, this.system, argv);
    if (answer === undefined || typeof answer === "function") throw new Error(`no answer for the command: ${command}`);
    const { exitCode = 0, stdout = "", stderr = "" } = typeof answer === "string" ? { stdout: answer } : answer;
    const [out, err] = [Buffer.from(stdout), Buffer.from(stderr)];
    options.onOutput?.("stdout", out);
    return { exitCode, stdout: out, stderr: err };
  }
}

/** What was written stays, as on a machine. */
class Memory extends Overlay implements BaseLooks {
  private readonly me: Credentials;

  constructor(base: BaseLooks, umask: number, who: Credentials) {
    super({ base, umask, who, unknownBecause: () => undefined });
    this.me = who;
  }

  override async writeFile(path: string, contents: Contents, request: WriteRequest): Promise<void> {
    await request.validate?.(`${path}.new`);
    await super.writeFile(path, contents, request);
  }

  refused(path: string, what: "contents" | "names"): string | null {
    const found = this.stat(path);
    try {
      if (found !== null && what === "names") mayChangeNames(found, this.me);
      return this.me.euid === 0 || what === "names" ? null : "EACCES";
    } catch (error) {
      return errnoOf(error) ?? "EIO";
    }
  }
}

const ACCOUNTS = {
  "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  "/etc/group": "root:x:0:\nnogroup:x:65534:\n",
} as const;
