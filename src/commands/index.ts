import { group, type CommandPath, type Table } from "./_command.ts";

/** Every command by its words; each file is loaded when its command is asked for. A new command is a line here. */
export const commands = {
  completions: () => import("./completions.ts"),
  complete: () => import("./complete.ts"),
  modules: group("Reference of the modules a workflow can use.", {
    list: () => import("./modules/list.ts"),
    show: () => import("./modules/show.ts"),
    types: () => import("./modules/types.ts"),
  }),
  version: () => import("./version.ts"),
} satisfies Table;

export type CommandName = CommandPath<typeof commands>;
