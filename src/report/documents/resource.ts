import type { ResourceRow } from "../../engine/record/record.ts";

export type ResourceDocument = ReturnType<typeof resourceDocument>;

/** As `stack.get_resource` shows it to a workflow, with what else a reader of the record asks for. */
export function resourceDocument(row: ResourceRow, verified: ReadonlyMap<number, string>) {
  return {
    id: row.id,
    type: row.kind,
    name: row.name,
    host: row.host,
    module: row.module,
    origin: row.origin,
    state: row.state,
    properties: row.properties,
    checksum: row.checksum,
    error: row.error,
    adopted: row.adopted,
    task: row.task,
    run_id: row.runId,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    last_applied: row.lastApplied,
    last_verified: lastRight(row, verified),
  };
}

/** When it was last made or found right. */
export function lastRight(row: ResourceRow, verified: ReadonlyMap<number, string>): string | null {
  const found = verified.get(row.id) ?? null;
  return found !== null && (row.lastApplied === null || found > row.lastApplied) ? found : row.lastApplied;
}
