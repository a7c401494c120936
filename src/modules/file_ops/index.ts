import type { ModuleDefinition } from "../../engine/resource.ts";
import { attributes } from "./attributes.ts";
import { blockinfile } from "./blockinfile.ts";
import { copy } from "./copy.ts";
import { directory } from "./directory.ts";
import { fetch } from "./fetch.ts";
import { hardlink } from "./hardlink.ts";
import { lineinfile } from "./lineinfile.ts";
import { download } from "./download.ts";
import { remove } from "./remove.ts";
import { replace } from "./replace.ts";
import { stat } from "./stat.ts";
import { symlink } from "./symlink.ts";
import { template } from "./template.ts";
import { touch } from "./touch.ts";
import { unarchive } from "./unarchive.ts";

export const fileOps: ModuleDefinition = {
  name: "file_ops",
  summary: "Files, directories and links, and lines in them.",
  functions: [
    copy,
    template,
    lineinfile,
    blockinfile,
    replace,
    directory,
    attributes,
    symlink,
    hardlink,
    remove,
    touch,
    stat,
    fetch,
    unarchive,
    download,
  ],
};
