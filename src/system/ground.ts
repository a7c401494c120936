import { Accounts, getent } from "./accounts.ts";
import { runCommand, type CommandCall } from "./processes/command.ts";
import { ownEnvironment, which, type Environment } from "./processes/environment.ts";
import type { BaseLooks, Files } from "./files/files.ts";
import { ownCredentials, type Credentials } from "./files/permissions.ts";
import { realFiles, realLooks } from "./files/real-files.ts";
import type { Argv, CommandOptions, CommandResult } from "./system.ts";

/** What a Host stands on: this machine, or in tests one that is made up. */
export interface Ground {
  readonly who: Credentials;
  readonly umask: number;
  readonly env: Environment;
  readonly accounts: Accounts;
  readonly looks: BaseLooks;
  /** For changing; `touched` hears of each directory in which a name was made, moved or removed. */
  files(touched: (directory: string) => void): Files;
  which(program: string): string | null;
  query(argv: Argv, options: CommandOptions, call: CommandCall): Promise<CommandResult>;
  run(argv: Argv, options: CommandOptions, call: CommandCall): Promise<CommandResult>;
}

export function realGround(): Ground {
  const umask = process.umask();
  const env = ownEnvironment();
  return {
    who: ownCredentials(),
    umask,
    env,
    accounts: new Accounts(realLooks, getent),
    looks: realLooks,
    files: (touched) => realFiles(umask, touched),
    which: (program) => which(program, env["PATH"], "/"),
    query: runCommand,
    run: runCommand,
  };
}
