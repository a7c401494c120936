import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ValueObject } from "../../../src/base/value.ts";

/** What `ansible/record.py` saw Ansible do; files as latin-1. */
export interface Recorded {
  readonly name: string;
  readonly args: ValueObject;
  readonly before: string | null;
  readonly after: string | null;
  /** null: it refused. */
  readonly changed: boolean | null;
  /** A second run changed something again. */
  readonly again: boolean | null;
}

/** The cases of a table, without those where we differ for a reason. */
export function recordedCases(table: string, otherwise: ReadonlySet<string>): readonly Recorded[] {
  const all: readonly Recorded[] = JSON.parse(readFileSync(join(import.meta.dir, "ansible", table), "utf8"));
  return all.filter(({ name }) => !otherwise.has(name));
}
