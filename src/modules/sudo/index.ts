import type { ModuleDefinition } from "../../engine/resource.ts";
import { rule } from "./rule.ts";

export const sudo: ModuleDefinition = {
  name: "sudo",
  summary: "Who may run what as whom.",
  functions: [rule],
};
