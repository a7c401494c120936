import type { ModuleDefinition } from "../../engine/resource.ts";
import { filesystem } from "./filesystem.ts";

export const storage: ModuleDefinition = {
  name: "storage",
  summary: "What is on devices.",
  functions: [filesystem],
};
