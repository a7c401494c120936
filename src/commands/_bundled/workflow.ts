import type { WorkflowRequest } from "../../run/workflow-request.ts";
import { resolve } from "node:path";
import type { Bundle } from "../../bundle/bundle.ts";
import { offlinePackages } from "../../bundle/packages.ts";
import { unpack } from "../../bundle/unpack.ts";
import { databasePath } from "../../store/place.ts";
import { openHost } from "../../system/host.ts";
import type { Command, Context } from "../../cli/command.ts";
import { ownWorkflowCommand } from "../../cli/workflow-command.ts";

/** `run` or `plan` of the workflow that a bundle brings. */
export function bundledWorkflow(mode: "apply" | "plan", bundle: Bundle): Command {
  return ownWorkflowCommand(mode, (request, context) => runBundled(bundle, request, context));
}

async function runBundled(bundle: Bundle, request: WorkflowRequest, context: Context): Promise<number> {
  const { tellWorkflow } = await import("../../cli/tell-workflow.ts");
  const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
  const given = withAbsolutePaths(request);
  const unpacked = await unpack(bundle, system);
  const { index, locate, packages } = unpacked;
  const packed = (path: string | null): string | undefined => (path === null ? undefined : locate(path));
  const startedIn = process.cwd();
  try {
    if (packages !== null) await offlinePackages(packages, system);
    // As it was where the bundle was made: relative paths, and places in messages, are the same.
    process.chdir(locate(index.directory));
    const asked = {
      ...given,
      file: locate(index.workflow),
      stack: request.stack ?? index.stack,
      valuesFile: given.valuesFile ?? packed(index.values),
      inventory: given.inventory ?? packed(index.inventory),
    };
    return await tellWorkflow(asked, context, { locate });
  } finally {
    process.chdir(startedIn);
    await unpacked.remove();
  }
}

/** Of files that the user names on this machine: we are about to stand elsewhere. */
function withAbsolutePaths(request: WorkflowRequest): WorkflowRequest {
  const absolute = (path: string | undefined) => (path === undefined || path === "-" ? path : resolve(path));
  const { agentDir, sshConfig } = request.reach;
  return {
    ...request,
    database: absolute(databasePath(request.database)),
    valuesFile: absolute(request.valuesFile),
    inventory: absolute(request.inventory),
    identities: request.identities.map((file) => resolve(file)),
    set: request.set.map((text) => text.replace(/(?<=^[^=]+=@).*/s, (file) => resolve(file))),
    reach: { ...request.reach, agentDir: absolute(agentDir), sshConfig: absolute(sshConfig) },
  };
}
