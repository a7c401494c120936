import type { ModuleDefinition } from "../../engine/resource.ts";
import { copy } from "./copy.ts";
import { directory } from "./directory.ts";
import { lineinfile } from "./lineinfile.ts";
import { remove } from "./remove.ts";
import { stat } from "./stat.ts";
import { template } from "./template.ts";

export const fileOps: ModuleDefinition = {
  name: "file_ops",
  summary: "Files, directories and links, and lines in them.",
  functions: [copy, template, directory, lineinfile, remove, stat],
};
