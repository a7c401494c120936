import type { Problem } from "../../src/engine/events.ts";
import type { Intent, ResourceRow, RunHead, RunResult } from "../../src/engine/record/record.ts";

export const head: RunHead = {
  mode: "apply",
  command: "run site.lua",
  workflow: "site",
  script: "site.lua",
  scriptDigest: "sha256:00",
  user: "ana",
  sudoUser: null,
  hostname: "build-3",
};

export const counts = { created: 0, updated: 0, deleted: 0, ran: 0, unchanged: 0, failed: 0, carried: 0, unknown: 0 };
export const ended: RunResult = { status: "ok", counts };
export const problem: Problem = { code: "E_IO", message: "site.lua:3: no" };
const AT = "2026-01-02T03:04:05.678Z";

export function row(name: string, more: Partial<ResourceRow> = {}): ResourceRow {
  return {
    id: 0,
    origin: "module",
    host: "local",
    kind: "file",
    name,
    module: "file_ops.copy",
    declarations: [{ type: "file_ops.copy", version: 1, want: { path: name, mode: 0o644 }, stated: { mode: "0644" } }],
    properties: { mode: "0644" },
    checksum: "sha256:1",
    appliedChecksum: null,
    state: "applied",
    error: null,
    adopted: false,
    probe: null,
    probeOutput: null,
    task: "main",
    runId: 1,
    createdAt: AT,
    updatedAt: AT,
    lastApplied: AT,
    ...more,
  };
}

export function intent(name: string, more: Partial<Intent> = {}): Intent {
  return {
    task: "main",
    address: { host: "local", kind: "file", name },
    type: "file_ops.copy",
    action: "create",
    changes: [{ property: "mode", from: null, to: "0644" }],
    before: null,
    location: "site.lua:14",
    ...more,
  };
}
