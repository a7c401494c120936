import { openHost } from "../../src/system/host.ts";
import type { CommandResult, System } from "../../src/system/system.ts";
import { needs } from "../support/needs.ts";
import { LU } from "./_yard.ts";

const AS_LU = ["setpriv", `--reuid=${LU}`, `--regid=${LU}`, "--clear-groups"] as const;
export const asLu = needs(
  process.geteuid?.() === 0 && Bun.which("setpriv") !== null && Bun.spawnSync([...AS_LU, "true"]).exitCode === 0,
  "root and setpriv",
);

/** This machine, on which commands as another user are run as LU, who has no account. */
export function machineOfLu(): System {
  const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
  const run: System["run"] = (argv, { stdin } = {}) => {
    const input = stdin === undefined ? "ignore" : Buffer.from(stdin);
    const { exitCode, stdout, stderr } = Bun.spawnSync([...AS_LU, ...argv], { stdin: input });
    return Promise.resolve({ exitCode, stdout, stderr } satisfies CommandResult);
  };
  return Object.assign(Object.create(system) as System, { run });
}
