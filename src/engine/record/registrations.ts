import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { digestOf } from "../../base/digest.ts";
import type { ResourceRow, ResourceState, StackRecord } from "./record.ts";
import { encodeValue, Secret, type Value } from "../../base/value.ts";

/** What stack.register_resource is given. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly module: string;
  readonly properties: Value;
  /** A command whose output tells how the thing is; remembered when it is applied, compared by drift. */
  readonly probe: readonly string[] | null;
}

/** Who registers, and when. */
export interface Occasion {
  readonly task: string;
  readonly run: number | null;
  /** ISO 8601 UTC */
  readonly now: string;
}

export type RegistrationStatus = "created" | "changed" | "unchanged";

/** What an update may set. */
export interface RegistrationUpdate {
  readonly state?: ResourceState | undefined;
  readonly error?: string | undefined;
  readonly properties?: Value | undefined;
  readonly module?: string | undefined;
}

/**
 * Tells whether a thing is as it was last applied: `created` until it was applied once, then `unchanged` only when its state
 * is `applied` with these very properties, else `changed`. What is not unchanged is pending from here on.
 */
export function registerResource(
  record: StackRecord,
  registration: Registration,
  occasion: Occasion,
): { readonly status: RegistrationStatus; readonly row: ResourceRow } {
  const known = findRegistered(record, registration.type, registration.name);
  const row = pendingRow(known, registration, occasion);
  if (known?.state === "applied" && known.appliedChecksum === row.checksum) {
    const kept = sameProbe(known, row) && known.module === row.module;
    return { status: "unchanged", row: kept ? known : record.save({ ...known, module: row.module, probe: row.probe }) };
  }
  open(record, occasion.task).add(keyOf(row));
  return { status: row.appliedChecksum === null ? "created" : "changed", row: record.save(row) };
}

/** Sets what became of a registered thing; one that is not known is registered by it. The probe is asked when it is applied. */
export async function updateRegistered(
  record: StackRecord,
  type: string,
  name: string,
  update: RegistrationUpdate,
  occasion: Occasion,
  system: ReadSystem | null,
): Promise<ResourceRow> {
  const found = findRegistered(record, type, name);
  const bare: Registration = { type, name, module: update.module ?? "custom", properties: {}, probe: null };
  const known = found ?? pendingRow(undefined, bare, occasion);
  const properties = update.properties ?? known.properties;
  const checksum = digestOf(encodeValue(properties));
  const state = update.state ?? (checksum === known.checksum ? known.state : "pending");
  const next: ResourceRow = {
    ...known,
    module: update.module ?? known.module,
    properties,
    checksum,
    state,
    error: update.error ?? (state === "failed" ? known.error : null),
    task: occasion.task,
    runId: occasion.run,
    updatedAt: occasion.now,
  };
  close(record, next);
  return record.save(state === "applied" ? await applied(next, occasion.now, system) : next);
}

/**
 * At the end of a task's attempt: what it registered and did not update itself is applied when it succeeded, and stays pending when
 * it did not. `system` asks the probes; null in plan.
 */
export async function settleRegistrations(
  record: StackRecord,
  task: string,
  ok: boolean,
  now: string,
  system: ReadSystem | null,
): Promise<void> {
  const keys = open(record, task);
  opened.get(record)?.delete(task);
  if (!ok || keys.size === 0) return;
  for (const row of record.rows()) {
    if (!keys.has(keyOf(row)) || row.state !== "pending") continue;
    record.save(await applied({ ...row, updatedAt: now }, now, system));
  }
}

/** A registered resource, or one that a module keeps, here before on other hosts; never a removed one. */
export function findAny(record: StackRecord, type: string, name: string): ResourceRow | undefined {
  const here = { host: "local", kind: type, name };
  const first = [record.find("registered", here), record.find("module", here)].find(isPresent);
  return first ?? record.rows().find((row) => row.kind === type && row.name === name && isPresent(row));
}

/** What a probe said, as a digest where a secret of this run stands in it: drift then compares digests. */
async function sealedProbe(probe: readonly string[], system: ReadSystem): Promise<string> {
  const said = await askProbe(probe, system);
  return Secret.isIn(said) ? system.digestOf(said, "keyed:") : said;
}

/** What a probe said, as it is remembered and compared: its output, or how it failed. */
export async function askProbe(probe: readonly string[], system: ReadSystem): Promise<string> {
  const [program = "", ...args] = probe;
  const answer = await system.query([program, ...args]).catch(missingCommand);
  if (typeof answer === "string") return answer;
  const { exitCode, stdout } = answer;
  const said = Buffer.from(stdout).toString("utf8").trimEnd();
  const text = said.length > PROBE_KEPT ? `${said.slice(0, PROBE_KEPT)}… ${digestOf(stdout)}` : said;
  return exitCode === 0 ? text : `exit code ${exitCode}: ${text}`;
}

const PROBE_KEPT = 16 * 1024;

/** That its command is not there is an answer too. */
function missingCommand(thrown: unknown): string {
  if (thrown instanceof SlothError && thrown.code === "E_COMMAND") return thrown.message;
  throw thrown;
}

/** What tasks of this process registered and have not updated: a crash forgets it, so such rows stay pending. */
const opened = new WeakMap<StackRecord, Map<string, Set<string>>>();

function open(record: StackRecord, task: string): Set<string> {
  const tasks = opened.get(record) ?? new Map<string, Set<string>>();
  opened.set(record, tasks);
  const keys = tasks.get(task) ?? new Set<string>();
  tasks.set(task, keys);
  return keys;
}

function close(record: StackRecord, row: ResourceRow): void {
  for (const keys of opened.get(record)?.values() ?? []) keys.delete(keyOf(row));
}

function keyOf(row: ResourceRow): string {
  return `${row.origin}\0${row.kind}\0${row.name}`;
}

function findRegistered(record: StackRecord, type: string, name: string): ResourceRow | undefined {
  const row = record.find("registered", { host: "local", kind: type, name });
  return isPresent(row) ? row : undefined;
}

function isPresent(row: ResourceRow | undefined): row is ResourceRow {
  return row !== undefined && row.state !== "removed";
}

function pendingRow(known: ResourceRow | undefined, asked: Registration, occasion: Occasion): ResourceRow {
  if (asked.type === "" || asked.name === "") throw new SlothError("E_FIELD", "'type' and 'name' cannot be empty");
  return {
    id: known?.id ?? 0,
    host: "local",
    kind: asked.type,
    name: asked.name,
    origin: "registered",
    module: asked.module,
    declarations: [],
    properties: asked.properties,
    checksum: digestOf(encodeValue(asked.properties)),
    appliedChecksum: known?.appliedChecksum ?? null,
    state: "pending",
    error: null,
    adopted: false,
    probe: asked.probe,
    probeOutput: known?.probeOutput ?? null,
    task: occasion.task,
    runId: occasion.run,
    createdAt: known?.createdAt ?? occasion.now,
    updatedAt: occasion.now,
    lastApplied: known?.lastApplied ?? null,
  };
}

async function applied(row: ResourceRow, now: string, system: ReadSystem | null): Promise<ResourceRow> {
  const asked = row.probe === null || system === null ? row.probeOutput : await sealedProbe(row.probe, system);
  return { ...row, state: "applied", appliedChecksum: row.checksum, probeOutput: asked, error: null, lastApplied: now };
}

function sameProbe(a: ResourceRow, b: ResourceRow): boolean {
  return encodeValue(a.probe ?? null) === encodeValue(b.probe ?? null);
}
