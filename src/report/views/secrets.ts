import { printable } from "../../base/printable.ts";
import type { Checked } from "../../run/secret/check.ts";
import type { Rekeyed } from "../../run/secret/rekey.ts";
import type { Reader } from "../../secrets/reader.ts";
import { table } from "../table.ts";

/** What was encrypted anew, and what has to be changed because somebody knows it. */
export function rekeyedText({ files, unchanged, exposed }: Rekeyed, removed: string | undefined): string {
  const lines = files.map(({ file, secrets }) => `${printable(file)}: ${counted(secrets)} encrypted anew`);
  if (unchanged > 0)
    lines.push(
      `${counted(unchanged)} ${unchanged === 1 ? "is" : "are"} as ${unchanged === 1 ? "it" : "they"} should be`,
    );
  if (lines.length === 0) lines.push("there are no secrets");
  if (exposed.length > 0) lines.push(`${removed ?? "who was removed"} could read, so that these must be changed:`);
  lines.push(...exposed.map(({ file, key }) => `  ${place(file, key)}`));
  return `${lines.join("\n")}\n`;
}

export function checkedText({ files, secrets, findings }: Checked): string {
  const lines = findings.map(({ file, key, problem }) => `${place(file, key)}: ${problem}`);
  const where = `${counted(secrets)} in ${files} ${files === 1 ? "file" : "files"}`;
  lines.push(findings.length === 0 ? `${where}: no faults found` : `${where}: ${findings.length} found`);
  return `${lines.join("\n")}\n`;
}

export function readersDocument(file: string, readers: readonly Reader[]) {
  return { file, recipients: readers.map(({ name, key, id }) => ({ name, id, key })) };
}

export function readersText({ recipients }: ReturnType<typeof readersDocument>, columns: number | undefined): string {
  return table(
    ["NAME", "KEY"],
    recipients.map(({ name, key }) => [name, key]),
    columns,
  );
}

function place(file: string, key: string | null): string {
  return key === null ? printable(file) : `${printable(file)}: ${printable(key)}`;
}

function counted(secrets: number): string {
  return `${secrets} ${secrets === 1 ? "secret" : "secrets"}`;
}
