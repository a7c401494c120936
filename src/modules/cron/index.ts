import type { ModuleDefinition } from "../../engine/resource.ts";
import { env } from "./env.ts";
import { job } from "./job.ts";

export const cron: ModuleDefinition = {
  name: "cron",
  summary: "Jobs and variables of crontabs.",
  functions: [job, env],
};
