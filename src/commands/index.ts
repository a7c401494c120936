import type { CommandPath, Table } from "./_command.ts";

/** Every command by its words; each file is loaded when its command is asked for. A new command is a line here. */
export const commands = {
  completions: () => import("./completions.ts"),
  complete: () => import("./complete.ts"),
  version: () => import("./version.ts"),
} satisfies Table;

export type CommandName = CommandPath<typeof commands>;
