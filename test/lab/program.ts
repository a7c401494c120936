import { BINARY } from "../support/binary.ts";
import type { Output } from "./command.ts";
import type { LabHost } from "./host.ts";

/** Puts the built program on hosts, as `npm run build` leaves it. */
export async function installProgram(...hosts: readonly LabHost[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.copyIn(BINARY, "/usr/local/bin/sloth-runner")));
}

export interface WorkflowOptions {
  readonly command?: "run" | "plan" | undefined;
  readonly args?: readonly string[] | undefined;
}

/** Runs a workflow there from standard input, as stack "lab" unless `args` says otherwise. */
export function workflow(host: LabHost, lua: string, options: WorkflowOptions = {}): Promise<Output> {
  const args = options.args ?? ["--stack", "lab"];
  return host.exec(["sloth-runner", options.command ?? "run", "-", ...args], { stdin: lua });
}
