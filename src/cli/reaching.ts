import type { ReachRequest } from "../run/workflow-request.ts";
import type { Values } from "./command.ts";
import * as flags from "./flags.ts";

/** How other hosts are found and reached, for every command that may reach some. */
export const reaching = {
  inventory: flags.text("File of hosts, groups and their values, in YAML, JSON or TOML.", "FILE", "file"),
  "ssh-config": flags.text("Configuration file for ssh, instead of its own.", "FILE", "file"),
  "agent-dir": flags.text(
    "Directory with builds for hosts of other kinds, besides the one this program is in.",
    "DIR",
    "directory",
  ),
  "connect-timeout": flags.duration("How long ssh may take to connect to a host; 10s when not given."),
  "handshake-timeout": flags.duration("How long a host may take from there to its first answer; 30s when not given."),
  "silence-timeout": flags.duration("A host that says nothing for so long is taken for lost; 15s when not given."),
};

export type Reaching = Values<typeof reaching>;

export function reachOf(values: Partial<Reaching>): ReachRequest {
  return {
    agentDir: values["agent-dir"],
    sshConfig: values["ssh-config"],
    connectTimeoutMs: values["connect-timeout"],
    handshakeTimeoutMs: values["handshake-timeout"],
    silenceTimeoutMs: values["silence-timeout"],
  };
}
