import type { Table } from "./command.ts";

/** What other tools call what we do. */
export const MEANT: Readonly<Record<string, string>> = {
  apply: "run",
  up: "run",
  converge: "run",
  deploy: "run",
  playbook: "run",
  preview: "plan",
  diff: "plan --diff",
  validate: "check",
  lint: "check",
  adhoc: "exec",
  shell: "exec",
  gather: "facts",
  setup: "facts",
  doc: "modules show",
  docs: "modules show",
  down: "stack destroy",
  undo: "stack rollback",
  refresh: "stack drift",
  output: "stack outputs",
  ls: "stack list",
  log: "stack history",
  new: "init",
};

/** The command line that was meant by a word that is no command: a workflow, another tool's word, or a command of a group. */
export async function meantBy(typed: string, table: Table): Promise<string | undefined> {
  if (/\.(lua|sloth)$/.test(typed)) return `run ${typed}`;
  if (Object.hasOwn(MEANT, typed)) return MEANT[typed];
  const found: string[] = [];
  for (const [name, entry] of Object.entries(table)) {
    if (typeof entry === "function" || !Object.hasOwn(entry.commands, typed)) continue;
    const own = entry.commands[typed];
    if (typeof own !== "function" || !(await own()).default.hidden) found.push(`${name} ${typed}`);
  }
  return found.length === 1 ? found[0] : undefined;
}
