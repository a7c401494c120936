import type { Family } from "../family.ts";
import { cron } from "./cron.ts";

export const families: readonly Family[] = [cron];
