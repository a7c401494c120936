import type { ModuleDefinition } from "../../engine/resource.ts";
import { ensure } from "./ensure.ts";
import { swap } from "./swap.ts";

export const mount: ModuleDefinition = {
  name: "mount",
  summary: "File systems and swap: in fstab, and in use.",
  functions: [ensure, swap],
};
