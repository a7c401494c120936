import type { FileLooks } from "./files/files.ts";
import { childEnvironment } from "./processes/environment.ts";

interface Account {
  readonly name: string;
  readonly id: number;
}

export interface UserAccount extends Account {
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface GroupAccount extends Account {
  readonly members: readonly string[];
}

/** Users and groups of this machine: from the files, and from the other services (LDAP, systemd) by `getent` where those are set up. */
export class Accounts {
  readonly users: Database<UserAccount>;
  readonly groups: Database<GroupAccount>;

  /** `ask` answers with the line of a table for a name or number, from whatever services there are. */
  constructor(looks: FileLooks, ask: Ask) {
    this.users = new Database("passwd", toUser, looks, ask);
    this.groups = new Database("group", toGroup, looks, ask);
  }

  /** The files may have been written: look again. */
  changed(): void {
    this.users.changed();
    this.groups.changed();
  }
}

const LOOK_AGAIN_MS = 50;

type Table = "passwd" | "group";
export type Ask = (table: Table, key: string) => string | null;

/** One of the two, by name and by number. The file is read again when its time, size or inode say so. */
class Database<T extends Account> {
  private readonly file: string;
  private readonly table: Table;
  private readonly parse: (fields: readonly string[]) => T | null;
  private readonly looks: FileLooks;
  private readonly ask: Ask;
  private byName = new Map<string, T>();
  private byId = new Map<number, T>();
  private elsewhere = new Map<string, T | null>();
  private stamp = "";
  private lookedAt = -Infinity;

  constructor(table: Table, parse: (fields: readonly string[]) => T | null, looks: FileLooks, ask: Ask) {
    this.table = table;
    this.file = `/etc/${table}`;
    this.parse = parse;
    this.looks = looks;
    this.ask = ask;
  }

  named(name: string): T | null {
    return this.find(() => this.byName.get(name), name);
  }

  numbered(id: number): T | null {
    return this.find(() => this.byId.get(id), String(id));
  }

  all(): readonly T[] {
    this.refresh(0);
    return [...this.byName.values()];
  }

  changed(): void {
    this.lookedAt = -Infinity;
    this.elsewhere.clear();
  }

  private find(lookup: () => T | undefined, key: string): T | null {
    this.refresh(LOOK_AGAIN_MS);
    let found = lookup();
    if (found !== undefined) return found;
    this.refresh(0);
    found = lookup();
    return found ?? this.fromServices(key);
  }

  private refresh(afterMs: number): void {
    const now = performance.now();
    if (now - this.lookedAt < afterMs) return;
    this.lookedAt = now;
    const found = this.looks.stat(this.file);
    const stamp = found === null ? "none" : `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.byName = new Map();
    this.byId = new Map();
    this.elsewhere.clear();
    if (found === null) return;
    for (const line of textOf(this.looks, this.file).split("\n")) this.add(line);
  }

  /** The first of a name or number counts, as for the C library. */
  private add(line: string): void {
    const entry = this.parse(line.split(":"));
    if (entry === null) return;
    if (!this.byName.has(entry.name)) this.byName.set(entry.name, entry);
    if (!this.byId.has(entry.id)) this.byId.set(entry.id, entry);
  }

  private fromServices(key: string): T | null {
    let found = this.elsewhere.get(key);
    if (found === undefined) {
      const line = usesServices(this.looks, this.table) ? this.ask(this.table, key) : null;
      found = line === null ? null : this.parse(line.split(":"));
      this.elsewhere.set(key, found);
    }
    return found;
  }
}

/** Asks the C library's services, by the program that does; 2 ms. */
export function getent(table: Table, key: string): string | null {
  const program = Bun.which("getent");
  if (program === null || key.startsWith("-") || key.includes("\0")) return null;
  const env = childEnvironment();
  const asked = Bun.spawnSync([program, table, key], { stdin: "ignore", stderr: "ignore", timeout: 10_000, env });
  return asked.exitCode === 0 ? asked.stdout.toString().trimEnd() : null;
}

/** Whether the name service switch names anything but the files. */
function usesServices(looks: FileLooks, table: string): boolean {
  if (looks.stat("/etc/nsswitch.conf") === null) return false;
  const conf = textOf(looks, "/etc/nsswitch.conf");
  const line = new RegExp(`^\\s*${table}\\s*:([^#\\n]*)`, "m").exec(conf)?.[1] ?? "";
  const services = line.replace(/\[[^\]]*\]/g, " ").match(/\S+/g) ?? [];
  return services.some((service) => service !== "files" && service !== "compat");
}

function textOf(looks: FileLooks, path: string): string {
  return Buffer.from(looks.readFile(path)).toString("utf8");
}

function toUser(fields: readonly string[]): UserAccount | null {
  const [name, , uid, gid, , home, shell] = fields;
  if (name === undefined || !isId(uid) || !isId(gid)) return null;
  return { name, id: Number(uid), gid: Number(gid), home: home ?? "/", shell: shell ?? "" };
}

function toGroup(fields: readonly string[]): GroupAccount | null {
  const [name, , gid, members] = fields;
  if (name === undefined || name === "" || !isId(gid)) return null;
  return { name, id: Number(gid), members: (members ?? "").split(",").filter((member) => member !== "") };
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}
