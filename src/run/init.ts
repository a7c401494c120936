import { basename, join, resolve } from "node:path";
import { SlothError } from "../base/errors.ts";
import { isObject, type Value } from "../base/value.ts";
import { writeNewFile } from "../system/new-file.ts";
import { gatherFacts } from "./facts.ts";
import { firstFiles, workflowName, type FirstFile, type Surroundings } from "./first-files.ts";

export interface Written {
  readonly file: FirstFile;
  /** false: there was one already, and it was left alone. */
  readonly isNew: boolean;
}

/** Begins a project in a directory, for what this machine is. What is there is left alone. */
export async function beginProject(directory: string): Promise<readonly Written[]> {
  const files = firstFiles(await surroundings(workflowName(basename(resolve(directory)))));
  const written: Written[] = [];
  for (const file of files) written.push({ file, isNew: await writeNewFile(join(directory, file.path), file.text) });
  return written;
}

async function surroundings(name: string): Promise<Surroundings> {
  const nothing = { agentDir: undefined, sshConfig: undefined, connectTimeoutMs: undefined } as const;
  const reach = { ...nothing, handshakeTimeoutMs: undefined, silenceTimeoutMs: undefined };
  const [here] = await gatherFacts({
    on: [],
    limit: 1,
    inventory: undefined,
    reach,
    interactive: false,
    notice: () => {},
  });
  if (here === undefined) throw new SlothError("E_FACTS", "nothing is known of this machine");
  if ("error" in here) throw here.error;
  return { name, ...known(here.facts), isRoot: process.geteuid?.() === 0 };
}

function known(facts: Value): Pick<Surroundings, "system" | "packageManager" | "init"> {
  const all = isObject(facts) ? facts : {};
  const os = all["os"];
  const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
  return {
    system: isObject(os) ? text(os["name"]) : "",
    packageManager: text(all["package_manager"]) || null,
    init: text(all["init"]),
  };
}
