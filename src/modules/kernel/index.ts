import type { ModuleDefinition } from "../../engine/resource.ts";
import { sysctl } from "./sysctl.ts";

export const kernel: ModuleDefinition = {
  name: "kernel",
  summary: "Settings of the kernel.",
  functions: [sysctl],
};
