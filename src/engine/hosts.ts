import { SlothError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { isHostName, isLogin } from "./host-name.ts";
import type { Value } from "../base/value.ts";

/** How to become another user at the far end. */
export interface Become {
  readonly user: string;
  readonly method: "sudo" | "doas" | "su";
}

/** A host as `hosts{…}` or an inventory file tells it; anything not told is ssh's own business. */
export interface HostEntry {
  readonly name: string;
  /** What ssh is told to connect to: the name itself when absent. */
  readonly address?: string | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identityFile?: string | undefined;
  readonly become?: Become | undefined;
  readonly groups: readonly string[];
  readonly vars: { readonly [name: string]: Value };
}

/** What the record keeps of a host: how it is reached, not what it is for. */
export function recordedHost({ address, user, port, identityFile, become }: HostEntry): Value {
  const sudo = become === undefined ? undefined : { user: become.user, method: become.method };
  const told = { address, user, port, identity_file: identityFile, sudo };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Value;
}

/** The hosts a run knows. A name it does not know may still be one that ssh understands. */
export class HostList {
  private readonly entries = new Map<string, HostEntry>();

  /** A later entry of the same name replaces the earlier. */
  add(entry: HostEntry): void {
    this.entries.set(entry.name, entry);
  }

  names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** Names in the group, in the order they were told; a group nobody is in is an error with the closest name. */
  group(group: string): readonly string[] {
    const members = [...this.entries.values()].filter((entry) => entry.groups.includes(group)).map(({ name }) => name);
    if (members.length > 0) return members;
    const groups = this.groups();
    const hint =
      didYouMean(group, groups) ??
      (groups.length === 0 ? "no host is in any group" : `groups are ${groups.join(", ")}`);
    throw new SlothError("E_GROUP_UNKNOWN", `no host is in a group '${group}'`, { hint });
  }

  groups(): readonly string[] {
    return [...new Set([...this.entries.values()].flatMap((entry) => entry.groups))].sort();
  }

  /** What is known of a name: its entry, the parts of an `ssh://user@host:port`, or just the name. */
  find(name: string): HostEntry {
    return this.entries.get(name) ?? fromUrl(name) ?? bare(name);
  }

  /** The hosts that `--on web,db1` asks for: groups and names. */
  select(asked: readonly string[]): readonly string[] {
    const groups = new Set(this.groups());
    return [
      ...new Set(asked.flatMap((name) => (groups.has(name) && !this.entries.has(name) ? this.group(name) : [name]))),
    ];
  }
}

function fromUrl(name: string): HostEntry | undefined {
  if (!name.startsWith("ssh://")) return undefined;
  const [, user, bracketed, plain, port] =
    /^ssh:\/\/(?:([^@/]+)@)?(?:\[([0-9a-fA-F:.]+)\]|([^:/@]+))(?::(\d+))?\/?$/.exec(name) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) throw new SlothError("E_HOST", `'${name}' is not ssh://USER@HOST:PORT`);
  if (user !== undefined && !isLogin(user)) throw noName(user);
  if (!isHostName(address)) throw noName(address);
  return { name, address, user, port: port === undefined ? undefined : portOf(port, name), groups: [], vars: {} };
}

function portOf(text: string, name: string): number {
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw new SlothError("E_HOST", `'${name}': ${text} is no port`);
}

function bare(name: string): HostEntry {
  if (!isHostName(name)) throw noName(name);
  return { name, groups: [], vars: {} };
}

function noName(name: string): SlothError {
  return new SlothError("E_HOST", `'${name}' cannot be the name of a host or login`);
}
