import fs from "node:fs";
import { lstat } from "./look.ts";

export interface Account {
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
  readonly users = new Database("passwd", toUser);
  readonly groups = new Database("group", toGroup);

  /** The files may have been written: look again. */
  changed(): void {
    this.users.changed();
    this.groups.changed();
  }
}

const LOOK_AGAIN_MS = 50;

/** One of the two, by name and by number. The file is read again when its time, size or inode say so. */
class Database<T extends Account> {
  private readonly file: string;
  private readonly table: "passwd" | "group";
  private readonly parse: (fields: readonly string[]) => T | null;
  private byName = new Map<string, T>();
  private byId = new Map<number, T>();
  private elsewhere = new Map<string, T | null>();
  private stamp = "";
  private lookedAt = -Infinity;

  constructor(table: "passwd" | "group", parse: (fields: readonly string[]) => T | null) {
    this.table = table;
    this.file = `/etc/${table}`;
    this.parse = parse;
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
    const found = lstat(this.file);
    const stamp = found === null ? "none" : `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.byName = new Map();
    this.byId = new Map();
    this.elsewhere.clear();
    if (found === null) return;
    for (const line of fs.readFileSync(this.file, "utf8").split("\n")) this.add(line);
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
      found = usesServices(this.table) ? this.askGetent(key) : null;
      this.elsewhere.set(key, found);
    }
    return found;
  }

  private askGetent(key: string): T | null {
    const getent = Bun.which("getent");
    if (getent === null || key.startsWith("-")) return null;
    const asked = Bun.spawnSync([getent, this.table, key], { stdin: "ignore", stderr: "ignore", timeout: 10_000 });
    if (asked.exitCode !== 0) return null;
    return this.parse(asked.stdout.toString().trimEnd().split(":"));
  }
}

/** Whether the name service switch names anything but the files. */
function usesServices(table: string): boolean {
  if (lstat("/etc/nsswitch.conf") === null) return false;
  const conf = fs.readFileSync("/etc/nsswitch.conf", "utf8");
  const line = new RegExp(`^\\s*${table}\\s*:([^#\\n]*)`, "m").exec(conf)?.[1] ?? "";
  const services = line.replace(/\[[^\]]*\]/g, " ").match(/\S+/g) ?? [];
  return services.some((service) => service !== "files" && service !== "compat");
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
