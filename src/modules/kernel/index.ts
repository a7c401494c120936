import type { ModuleDefinition } from "../../engine/resource.ts";
import { module } from "./module.ts";
import { sysctl } from "./sysctl.ts";

export const kernel: ModuleDefinition = {
  name: "kernel",
  summary: "Settings and modules of the kernel.",
  functions: [sysctl, module],
};
