import type { Accounts } from "../accounts.ts";
import type { About } from "../system.ts";
import { anywhere, outside, reachOf, type Reach } from "./reach.ts";

type AccountKind = "user" | "group";

/** What a plan has said so far of one host that is not in files: what will be, what was not run, who will exist. */
export class Predictions {
  /** Why what is not there may be, and what each of them reaches. */
  private readonly reasons = new Map<string, Reach>();
  private readonly facts = new Map<string, unknown>();
  /** Numbers for accounts that will get theirs when they are made: below any that the system gives. */
  private readonly placeholders = new Map<string, number>();
  private readonly accounts: Accounts;
  private readonly own: string | undefined;

  /** `own`: the directory of the workflow, if it is of this host. */
  constructor(accounts: Accounts, own: string | undefined) {
    this.accounts = accounts;
    this.own = own;
  }

  /** `of`: the resource that nobody can foretell; without one, whatever is not there may come of it. */
  note(reason: string, of?: { readonly kind: string; readonly name: string }): void {
    this.reasons.set(reason, of === undefined ? anywhere : outside(this.own, reachOf(of.kind, of.name, undefined)));
  }

  /** `facts` null: will be absent. */
  predict(kind: string, name: string, facts: unknown): void {
    this.facts.set(`${kind}:${name}`, facts);
    this.reasons.set(`${kind} ${name} is only predicted`, outside(this.own, reachOf(kind, name, facts)));
  }

  /** undefined: nothing was said. */
  predicted(kind: string, name: string): unknown {
    return this.facts.get(`${kind}:${name}`);
  }

  /** All that was said of a kind, by name, in the order it was said first. */
  allPredicted(kind: string): ReadonlyMap<string, unknown> {
    const own = [...this.facts].filter(([key]) => key.startsWith(`${kind}:`));
    return new Map(own.map(([key, facts]) => [key.slice(kind.length + 1), facts]));
  }

  /** `about`: only what reaches that. */
  unknownBecause(about?: About): string | undefined {
    const [first, ...others] = [...this.reasons]
      .filter(([, reaches]) => about === undefined || reaches(about))
      .map(([reason]) => reason);
    return first === undefined || others.length === 0 ? first : `${first}, and ${others.length} more`;
  }

  userId(name: string): number | null {
    return this.id("user", name, this.accounts.users.named(name)?.id ?? null);
  }

  groupId(name: string): number | null {
    return this.id("group", name, this.accounts.groups.named(name)?.id ?? null);
  }

  userName(uid: number): string {
    return this.name("user", uid) ?? this.accounts.users.numbered(uid)?.name ?? String(uid);
  }

  groupName(gid: number): string {
    return this.name("group", gid) ?? this.accounts.groups.numbered(gid)?.name ?? String(gid);
  }

  private id(kind: AccountKind, name: string, now: number | null): number | null {
    const said = this.predicted(kind, name);
    if (said === undefined) return now ?? this.ownGroup(kind, name);
    if (said === null) return null;
    return numberIn(said, kind === "user" ? "uid" : "gid") ?? now ?? this.placeholder(kind, name);
  }

  /** A new user usually comes with a group of that name. */
  private ownGroup(kind: AccountKind, name: string): number | null {
    const user = kind === "group" ? this.predicted("user", name) : undefined;
    return user === undefined || user === null ? null : (numberIn(user, "gid") ?? this.placeholder("group", name));
  }

  private placeholder(kind: AccountKind, name: string): number {
    const key = `${kind}:${name}`;
    const id = this.placeholders.get(key) ?? -2 - this.placeholders.size;
    this.placeholders.set(key, id);
    return id;
  }

  private name(kind: AccountKind, id: number): string | undefined {
    for (const [key, facts] of this.facts) {
      if (key.startsWith(`${kind}:`) && numberIn(facts, kind === "user" ? "uid" : "gid") === id)
        return key.slice(kind.length + 1);
    }
    for (const [key, placeholder] of this.placeholders) {
      if (placeholder === id && key.startsWith(`${kind}:`)) return key.slice(kind.length + 1);
    }
    return undefined;
  }
}

function numberIn(facts: unknown, property: string): number | undefined {
  if (typeof facts !== "object" || facts === null) return undefined;
  const value: unknown = Reflect.get(facts, property);
  return typeof value === "number" ? value : undefined;
}
