import { bootId } from "../base/process-state.ts";
import type { Emit } from "../engine/events.ts";
import { toError } from "../base/errors.ts";
import type { ChildRecord } from "../store/contract.ts";
import type { Stack } from "../store/contract.ts";
import type { HostOptions } from "../system/host.ts";
import { hasRunningMember, isRunning, processIdentity } from "../system/processes/process-identity.ts";

const POLL_MS = 200;

/** Waits for commands that a run of this stack left at work when it was killed; names them. The stack's lock is ours. */
export async function awaitSurvivors(stack: Stack, emit: Emit, signal: AbortSignal): Promise<void> {
  const left = stack.leftChildren();
  if (left.length === 0) return;
  for (const child of left) {
    if (!isAtWork(child)) continue;
    const message = `${child.program} (process group ${child.pid}), left by a run that was killed, is still at work; waiting for it to end`;
    emit({ type: "notice", task: "main", message });
    while (isAtWork(child)) {
      signal.throwIfAborted();
      await Bun.sleep(POLL_MS);
    }
  }
  stack.forgetChildren();
}

/** Records each command of a run while it is at work. What cannot be recorded is told: it does not keep the command from its work. */
export function notingChildren(stackOf: () => Stack | null, emit: Emit): NonNullable<HostOptions["onStart"]> {
  const tell = (thrown: unknown): void =>
    emit({ type: "notice", task: "main", message: `a command at work cannot be recorded: ${toError(thrown).message}` });
  return ({ identity, program, finished }) => {
    const stack = stackOf();
    if (stack === null || identity === null) return;
    try {
      const forget = stack.noteChild({ ...identity, program });
      void finished.then(forget).catch(tell);
    } catch (thrown) {
      tell(thrown);
    }
  };
}

/** The group outlives its leader, and while it does its number is nobody else's. */
function isAtWork({ pid, startTicks, boot }: ChildRecord): boolean {
  if (boot !== bootId()) return false;
  return isRunning({ pid, startTicks, boot }) || (processIdentity(pid) === null && hasRunningMember(pid));
}
