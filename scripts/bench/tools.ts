import { ansible } from "./tools/ansible.ts";
import { cfengine } from "./tools/cfengine.ts";
import { mitamae } from "./tools/mitamae.ts";
import { puppet } from "./tools/puppet.ts";
import { pyinfra } from "./tools/pyinfra.ts";
import { versionIn, type Tool } from "./tools/tool.ts";

/** Whom we compare ourselves with: what of these is on PATH. */
export const peers: readonly Tool[] = [cfengine, mitamae, puppet, pyinfra, ansible];

/** undefined where it is not installed, or cannot be started. */
export function versionOf({ program, version }: Tool): string | undefined {
  if (Bun.which(program) === null) return undefined;
  try {
    return versionIn(Bun.spawnSync([program, ...version], { stdin: "ignore", stderr: "ignore" }).stdout.toString());
  } catch {
    return undefined;
  }
}
