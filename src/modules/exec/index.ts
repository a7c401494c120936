import type { ModuleDefinition } from "../../engine/resource.ts";
import { run } from "./run.ts";

export const exec: ModuleDefinition = {
  name: "exec",
  summary:
    "Commands, for what no module does. A command keeps nothing in a state: say with `creates`, `unless` or `onlyif` when it is needed.",
  functions: [run],
};
