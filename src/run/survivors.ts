import type { Emit } from "../engine/events.ts";
import { toError } from "../base/errors.ts";
import type { Stack } from "../store/contract.ts";
import type { HostOptions } from "../system/host.ts";
import type { Left } from "../system/processes/at-work.ts";
import { isAtWork } from "../system/processes/process-identity.ts";

const POLL_MS = 200;

/** Waits for commands that a run of this stack left at work when it was killed; names them. The stack's lock is ours. */
export async function awaitSurvivors(stack: Stack, emit: Emit, signal: AbortSignal): Promise<void> {
  const left = stack.leftChildren();
  if (left.length === 0) return;
  for (const child of left) {
    if (!isAtWork(child)) continue;
    emit({ type: "notice", task: "main", message: stillAtWork(child.program, child.pid) });
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

/** The same for what an agent of an earlier run left at work on a host. */
export async function awaitFarSurvivors(
  target: { readonly host: string; begin(stack: string): Promise<readonly Left[]> },
  stack: string,
  notice: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const named = new Set<number>();
  for (let left = await target.begin(stack); left.length > 0; left = await target.begin(stack)) {
    for (const { pid, program } of left) {
      if (named.has(pid)) continue;
      named.add(pid);
      notice(`${target.host}: ${stillAtWork(program, pid)}`);
    }
    signal.throwIfAborted();
    await Bun.sleep(POLL_MS);
  }
}

function stillAtWork(program: string, pid: number): string {
  return `${program} (process group ${pid}), left by a run that was killed, is still at work; waiting for it to end`;
}
