import { addressText, type Address } from "../../base/address.ts";
import type { Connection } from "./connection.ts";
import { fromName, type NameColumn, toName } from "./names.ts";

/*
 * What files held around their changes, also of runs that are no longer in the history: undo puts a file back as a whole only where nobody
 * else has changed it in between.
 */

interface AddressColumns {
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
}

interface DigestColumns extends AddressColumns {
  readonly change: number;
  readonly before_digest: string | null;
  readonly after_digest: string | null;
}

/** Before the runs up to that number go. Changes of one address that follow each other become one. Within a transaction. */
export function keepEarlier(connection: Connection, stack: number, run: number): void {
  for (const row of connection.all<DigestColumns>(GOING, stack, run)) {
    const at = [stack, row.host, row.kind, row.name] as const;
    const last = connection.first<DigestColumns>(LAST, ...at);
    if (last !== undefined && last.after_digest !== null && last.after_digest === row.before_digest)
      connection.run(EXTEND, row.after_digest, ...at, last.change);
    else connection.run(ADD, ...at, row.change, row.before_digest, row.after_digest);
  }
  connection.run(DROP_FOUND, stack, run);
}

/** What is begun anew has no past. Within a transaction. */
export function forgetEarlier(connection: Connection, stack: number, { host, kind, name }: Address): void {
  connection.run(`DELETE FROM earlier WHERE ${AT}`, stack, toName(host), toName(kind), toName(name));
}

const AT = "stack = ? AND host = ? AND kind = ? AND name = ?";
const GOING = `
  SELECT c.id AS change, c.host, c.kind, c.name, c.before_digest, c.after_digest
  FROM runs r JOIN changes c ON c.run = r.id JOIN undo u ON u.stack = r.stack AND u.host = c.host AND u.kind = c.kind AND u.name = c.name
  WHERE r.stack = ? AND r.number <= ? AND c.outcome IS NOT 'none' ORDER BY c.id`;
const LAST = `SELECT * FROM earlier WHERE ${AT} ORDER BY change DESC LIMIT 1`;
const EXTEND = `UPDATE earlier SET after_digest = ? WHERE ${AT} AND change = ?`;
const ADD =
  "INSERT OR REPLACE INTO earlier (stack, host, kind, name, change, before_digest, after_digest) VALUES (?, ?, ?, ?, ?, ?, ?)";
/** All but the newest of each address that is told by a run which goes. */
const DROP_FOUND = `
  DELETE FROM found WHERE stack = ?1 AND run <= ?2 AND EXISTS (
    SELECT 1 FROM found later WHERE later.stack = found.stack AND later.host = found.host AND later.kind = found.kind
      AND later.name = found.name AND later.run > found.run AND later.run <= ?2)`;

interface FileChange {
  readonly change: number;
  readonly address: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Reads the changes of a kind once, however many files are asked for. */
export class FileChanges {
  private readonly connection: Connection;
  private readonly stack: number;
  private readonly kinds = new Map<string, ReadonlyMap<string, readonly FileChange[]>>();

  constructor(connection: Connection, stack: number) {
    this.connection = connection;
    this.stack = stack;
  }

  /**
   * Of the files of these addresses, in the order of the changes. Where the first that is known is not the first that was made, it begins
   * with one that nothing can follow.
   */
  of(addresses: readonly Address[]): readonly Pick<FileChange, "before" | "after">[] {
    const changes = addresses
      .flatMap((address) => this.ofKind(address.kind).get(addressText(address)) ?? [])
      .toSorted((a, b) => a.change - b.change);
    const first = changes[0];
    const origin = addresses.find((address) => addressText(address) === first?.address);
    if (first === undefined || origin === undefined) return [];
    const original = this.originalOf(origin);
    return original === first.before ? changes : [{ before: original, after: null }, ...changes];
  }

  private originalOf({ host, kind, name }: Address): string | null {
    const sql = `SELECT original_digest FROM undo WHERE ${AT}`;
    const row = this.connection.first<{ original_digest: string | null }>(
      sql,
      this.stack,
      toName(host),
      toName(kind),
      toName(name),
    );
    return row?.original_digest ?? null;
  }

  private ofKind(kind: string): ReadonlyMap<string, readonly FileChange[]> {
    const known = this.kinds.get(kind);
    if (known !== undefined) return known;
    const found = new Map<string, FileChange[]>();
    for (const row of this.connection.each<DigestColumns>(OF_KIND, this.stack, toName(kind))) {
      const address = addressText({ host: fromName(row.host), kind, name: fromName(row.name) });
      const change = { change: row.change, address, before: row.before_digest, after: row.after_digest };
      const others = found.get(address);
      if (others === undefined) found.set(address, [change]);
      else others.push(change);
    }
    this.kinds.set(kind, found);
    return found;
  }
}

const OF_KIND = `
  SELECT host, name, change, before_digest, after_digest FROM earlier WHERE stack = ?1 AND kind = ?2
  UNION ALL
  SELECT c.host, c.name, c.id, c.before_digest, c.after_digest FROM changes c JOIN runs r ON r.id = c.run
  WHERE r.stack = ?1 AND c.kind = ?2 AND c.outcome IS NOT 'none'`;
