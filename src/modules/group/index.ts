import type { ModuleDefinition } from "../../engine/resource.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";

export const group: ModuleDefinition = {
  name: "group",
  summary: "Groups of a machine.",
  functions: [create, remove],
};
