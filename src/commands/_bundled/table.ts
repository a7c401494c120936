import { isCompiled } from "../../base/own-program.ts";
import { ownBundle, type Bundle } from "../../bundle/bundle.ts";
import type { Table } from "../../cli/command.ts";
import { commands } from "../index.ts";

/** The commands of a bundle; null when this program is none. From source there is no file of ours to look into. */
export function bundledTable(): Table | null {
  if (!isCompiled()) return null;
  const bundle = ownBundle();
  return bundle === null ? null : tableOf(bundle);
}

function tableOf(bundle: Bundle): Table {
  const { stack, state, modules, agent, version } = commands;
  const workflow = async (mode: "apply" | "plan") => {
    const { bundledWorkflow } = await import("./workflow.ts");
    return { default: bundledWorkflow(mode, bundle) };
  };
  return {
    run: () => workflow("apply"),
    plan: () => workflow("plan"),
    list: async () => ({ default: (await import("./list.ts")).listOf(bundle) }),
    stack,
    state,
    modules,
    agent,
    version,
  };
}
