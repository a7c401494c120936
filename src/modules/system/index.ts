import type { ModuleDefinition } from "../../engine/resource.ts";
import { hostname } from "./hostname.ts";
import { hostsEntry } from "./hosts-entry.ts";
import { locale } from "./locale.ts";
import { timezone } from "./timezone.ts";

export const system: ModuleDefinition = {
  name: "system",
  summary: "What a machine is called, where it is, and whom it knows.",
  functions: [hostname, timezone, locale, hostsEntry],
};
