import { ansible } from "./tools/ansible.ts";
import { cfengine } from "./tools/cfengine.ts";
import { mitamae } from "./tools/mitamae.ts";
import { puppet } from "./tools/puppet.ts";
import { pyinfra } from "./tools/pyinfra.ts";
import { versionIn, type Tool } from "./tools/tool.ts";

/** Whom we compare ourselves with: what of these is on PATH. */
export const peers: readonly Tool[] = [cfengine, mitamae, puppet, pyinfra, ansible];

export function isInstalled({ program }: Tool): boolean {
  return Bun.which(program) !== null;
}

export function versionOf({ program, version }: Tool): string {
  return versionIn(Bun.spawnSync([program, ...version], { stdin: "ignore", stderr: "ignore" }).stdout.toString());
}
