import type { ModuleDefinition } from "../../engine/resource.ts";
import { ensure } from "./ensure.ts";

export const mount: ModuleDefinition = {
  name: "mount",
  summary: "File systems: in fstab, and mounted.",
  functions: [ensure],
};
