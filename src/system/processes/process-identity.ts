import fs from "node:fs";
import { bootId, isEnded, processState } from "../../base/process-state.ts";

/** A process that can be told from a later one with the same number: start time in ticks since boot, and which boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly boot: string;
}

/** null when there is no such process, or only its zombie. */
export function processIdentity(pid: number): ProcessIdentity | null {
  const found = processState(pid);
  if (found === null || isEnded(found)) return null;
  return { pid, startTicks: found.startTicks, boot: bootId() };
}

/** Whether that very process is still at work: not one that has its number by now. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = processIdentity(identity.pid);
  return now !== null && now.startTicks === identity.startTicks && now.boot === identity.boot;
}

/**
 * Whether any process of the group is at work; zombies, which `kill(-group, 0)` counts, are not, but a leader that nobody has
 * waited for yet is: while there is one, the others need not be looked for among all processes.
 */
export function isGroupRunning(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  return processState(group) !== null || hasRunningMember(group);
}

/** As isGroupRunning, of a group whose leader is not our child: that it is a zombie says only that nobody has waited for it. */
function hasRunningMember(group: number): boolean {
  return fs.readdirSync("/proc").some((name) => {
    const found = /^\d+$/.test(name) ? processState(Number(name)) : null;
    return found !== null && found.group === group && !isEnded(found);
  });
}

/** All that came from a process and is at work now, by who their parents are. */
export function descendantsOf(pid: number): readonly ProcessIdentity[] {
  const known = fs.readdirSync("/proc").flatMap((name) => {
    const found = /^\d+$/.test(name) ? processState(Number(name)) : null;
    return found === null || isEnded(found) ? [] : [{ ...found, pid: Number(name) }];
  });
  const childrenOf = (parent: number): typeof known =>
    known.filter((one) => one.parent === parent).flatMap((one) => [one, ...childrenOf(one.pid)]);
  return childrenOf(pid).map(({ pid: number, startTicks }) => ({ pid: number, startTicks, boot: bootId() }));
}

/** The group outlives its leader, and while it does its number is nobody else's. */
export function isAtWork(leader: ProcessIdentity): boolean {
  if (leader.boot !== bootId()) return false;
  return isRunning(leader) || (processIdentity(leader.pid) === null && hasRunningMember(leader.pid));
}
