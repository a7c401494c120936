import { group, type CommandPath, type Table } from "../cli/command.ts";

/** Every command by its words; each file is loaded when its command is asked for. A new command is a line here. */
export const commands = {
  run: () => import("./run.ts"),
  plan: () => import("./plan.ts"),
  check: () => import("./check.ts"),
  exec: () => import("./exec.ts"),
  facts: () => import("./facts.ts"),
  init: () => import("./init.ts"),
  stack: group("Show and keep what was recorded, stack by stack.", {
    new: () => import("./stack/new.ts"),
    list: () => import("./stack/list.ts"),
    show: () => import("./stack/show.ts"),
    delete: () => import("./stack/delete.ts"),
    drift: () => import("./stack/drift.ts"),
    destroy: () => import("./stack/destroy.ts"),
    rollback: () => import("./stack/rollback.ts"),
    rename: () => import("./stack/rename.ts"),
    resources: () => import("./stack/resources.ts"),
    forget: () => import("./stack/forget.ts"),
    history: () => import("./stack/history.ts"),
    outputs: () => import("./stack/outputs.ts"),
    config: group("Keep a stack's own defaults for values.", {
      set: () => import("./stack/config/set.ts"),
      get: () => import("./stack/config/get.ts"),
      list: () => import("./stack/config/list.ts"),
      delete: () => import("./stack/config/delete.ts"),
    }),
    export: () => import("./stack/export.ts"),
    import: () => import("./stack/import.ts"),
    verify: () => import("./stack/verify.ts"),
    doctor: () => import("./stack/doctor.ts"),
  }),
  state: group("Keep keys and values for workflows.", {
    set: () => import("./state/set.ts"),
    get: () => import("./state/get.ts"),
    list: () => import("./state/list.ts"),
    delete: () => import("./state/delete.ts"),
    stats: () => import("./state/stats.ts"),
  }),
  secret: group("Keep secrets in files that can be committed.", {
    init: () => import("./secret/init.ts"),
    set: () => import("./secret/set.ts"),
    show: () => import("./secret/show.ts"),
    edit: () => import("./secret/edit.ts"),
    rekey: () => import("./secret/rekey.ts"),
    check: () => import("./secret/check.ts"),
    diff: () => import("./secret/diff.ts"),
    recipients: () => import("./secret/recipients.ts"),
  }),
  modules: group("Reference of the modules a workflow can use.", {
    list: () => import("./modules/list.ts"),
    show: () => import("./modules/show.ts"),
    types: () => import("./modules/types.ts"),
  }),
  completions: () => import("./completions.ts"),
  complete: () => import("./complete.ts"),
  bundle: () => import("./bundle.ts"),
  schedule: group("Run workflows again and again, without a daemon.", {
    add: () => import("./schedule/add.ts"),
    list: () => import("./schedule/list.ts"),
    remove: () => import("./schedule/remove.ts"),
  }),
  agent: group("The far end of a controller.", {
    clean: () => import("./agent/clean.ts"),
    search: () => import("./agent/search.ts"),
    serve: () => import("./agent/serve.ts"),
  }),
  version: () => import("./version.ts"),
} satisfies Table;

export type CommandName = CommandPath<typeof commands>;
