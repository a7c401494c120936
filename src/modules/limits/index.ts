import type { ModuleDefinition } from "../../engine/resource.ts";
import { entry } from "./entry.ts";

export const limits: ModuleDefinition = {
  name: "limits",
  summary: "Limits of users' processes, as pam_limits sets them.",
  functions: [entry],
};
