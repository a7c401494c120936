import type { ResourceRow } from "../engine/record/record.ts";
import { shownTime } from "../base/shown-time.ts";
import type { Stack } from "../store/contract.ts";
import { reading } from "./with-stack.ts";

type Name = readonly [name: string, meaning: string];

/** What a workflow file declares, as a check of it finds. */
export interface Declarations {
  readonly tasks: readonly { readonly name: string; readonly tags: readonly string[] }[];
  /** Hosts and groups of hosts{…} and of the inventory. */
  readonly hosts: readonly string[];
}

export interface NamesGiven {
  readonly database: string | undefined;
  readonly stack: string | undefined;
  readonly file: string | undefined;
}

const RUNS = 50;

/** Names that a command line may go on with: of a workflow file where the command takes one, else of the record. */
export async function namesFor(
  what: "stack" | "task" | "tag" | "host" | "kind" | "run",
  { database, stack, file }: NamesGiven,
  declaredIn: (file: string) => Promise<Declarations>,
): Promise<readonly Name[]> {
  if (file !== undefined && (what === "task" || what === "tag" || what === "host"))
    return declared(what, await declaredIn(file));
  return await reading(database, async (store) => {
    if (what === "stack") return ((await store?.stacks()) ?? []).map(({ name }) => [name, "stack"]);
    const found = stack === undefined ? null : ((await store?.find(stack)) ?? null);
    return found === null ? [] : await recorded(what, found);
  });
}

function declared(what: "task" | "tag" | "host", { tasks, hosts }: Declarations): readonly Name[] {
  if (what === "host") return named(hosts, "host or group");
  return named(
    tasks.flatMap(({ name, tags }) => (what === "task" ? [name] : tags)),
    what,
  );
}

async function recorded(what: "task" | "tag" | "host" | "kind" | "run", stack: Stack): Promise<readonly Name[]> {
  if (what === "tag") return [];
  if (what === "run")
    return (await stack.runs(RUNS)).map(({ number, status, startedAt }) => [
      String(number),
      `${status}, ${shownTime(startedAt) ?? ""}`,
    ]);
  const rows = (await stack.resources()).filter(({ state }) => state !== "removed");
  return named(
    rows.map((row: ResourceRow) => row[what]),
    what,
  );
}

function named(names: readonly string[], meaning: string): readonly Name[] {
  return [...new Set(names)].map((name) => [name, meaning]);
}
