import { needs } from "./needs.ts";

/** A test of what only root can do: owners, mounts. */
export const asRoot = needs(process.geteuid?.() === 0, "root");
