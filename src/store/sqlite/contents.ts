import { digestOf, isKeyed } from "../../base/digest.ts";
import { LARGEST_KEPT, type Kept } from "../../engine/record/record.ts";
import type { Connection } from "./connection.ts";
import { damaged } from "./errors.ts";
import { unpacked } from "./packed.ts";

/** Of all contents together, as stored. Beyond it the ones longest unused go first, those of the present state last. */
const ALL_KEPT = 256 * 1024 * 1024;

/** Within a transaction. Keyed digests stand for secrets: those are never kept, whoever asks. */
export function keepContents(connection: Connection, kept: Kept | undefined): string | null {
  if (kept === undefined) return null;
  if (isKeyed(kept.digest) || kept.bytes.length > LARGEST_KEPT) return kept.digest;
  if (connection.first("SELECT 1 FROM contents WHERE digest = ?", kept.digest) !== undefined) return kept.digest;
  const packed = kept.bytes.length < 256 ? kept.bytes : Bun.zstdCompressSync(kept.bytes);
  const isSmaller = packed.length < kept.bytes.length;
  connection.run(
    "INSERT INTO contents (digest, size, compressed, bytes) VALUES (?, ?, ?, ?)",
    kept.digest,
    kept.bytes.length,
    isSmaller ? 1 : 0,
    isSmaller ? packed : kept.bytes,
  );
  return kept.digest;
}

/** null: not kept, or no longer. Checked against its digest. */
export function readContents(connection: Connection, digest: string): Uint8Array | null {
  const sql = "SELECT compressed, bytes FROM contents WHERE digest = ?";
  const row = connection.first<{ compressed: number; bytes: Uint8Array }>(sql, digest);
  if (row === undefined) return null;
  const bytes = row.compressed === 1 ? unpacked(connection.path, row.bytes) : row.bytes;
  if (digestOf(bytes) !== digest) throw damaged(connection.path, `contents of ${digest} are not those`);
  return bytes;
}

/** Removes what nothing refers to, then what is beyond the limit. Within a transaction. */
export function pruneContents(connection: Connection, limit = ALL_KEPT): void {
  connection.run(`DELETE FROM contents WHERE digest NOT IN (${REFERRED})`);
  let excess = storedBytes(connection) - limit;
  if (excess <= 0) return;
  for (const { id, stored } of connection.all<{ id: number; stored: number }>(LEAST_NEEDED)) {
    connection.run("DELETE FROM contents WHERE id = ?", id);
    excess -= stored;
    if (excess <= 0) return;
  }
}

function storedBytes(connection: Connection): number {
  return (
    connection.first<{ stored: number }>("SELECT coalesce(sum(length(bytes)), 0) AS stored FROM contents")?.stored ?? 0
  );
}

const PRESENT = "SELECT present_digest FROM undo WHERE present_digest IS NOT NULL";
const REFERRED = `
  SELECT before_digest FROM changes WHERE before_digest IS NOT NULL
  UNION SELECT after_digest FROM changes WHERE after_digest IS NOT NULL
  UNION SELECT original_digest FROM undo WHERE original_digest IS NOT NULL
  UNION ${PRESENT}`;
const LEAST_NEEDED = `SELECT id, length(bytes) AS stored FROM contents ORDER BY digest IN (${PRESENT}), id`;
