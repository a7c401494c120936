import type { ModuleDefinition } from "../../engine/resource.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { ensure } from "./ensure.ts";
import { exists, info } from "./look.ts";
import { modify } from "./modify.ts";

export const user: ModuleDefinition = {
  name: "user",
  summary: "Users of a machine. Password hashes are never shown, recorded or seen in a process list.",
  functions: [create, modify, ensure, remove, exists, info],
};
