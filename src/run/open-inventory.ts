import type { HostList } from "../engine/hosts.ts";
import { contentsOf } from "./values.ts";

/** Adds the hosts of `--inventory`, where one was given. */
export async function openInventory(file: string | undefined, hosts: HostList): Promise<void> {
  if (file === undefined) return;
  const { readInventory } = await import("./inventory.ts");
  await readInventory(file, await contentsOf(file, "--inventory"), hosts);
}
