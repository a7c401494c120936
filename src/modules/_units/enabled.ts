import type { ReadSystem } from "../../system/system.ts";
import { unitState, type UnitState } from "./state.ts";
import { installOf, isLinked, unitFile } from "./unit-files.ts";
import { isTemplate } from "./unit-name.ts";

/** What systemd itself takes for enabled. */
const ENABLED = ["enabled", "alias", "indirect", "generated"];

/** Said of a unit that is enabled, and not linked where its [Install] says now. */
export const STALE = "stale";

export function isEnabled(enabled: unknown): boolean {
  return ENABLED.some((state) => state === enabled);
}

/**
 * Whether a unit is enabled, as systemctl says, where that is the truth: what only others carry out is told by them, and links by what
 * asks for them. `wanted` null: nobody asks, so it is what systemctl says.
 */
export async function delivered(wanted: boolean | null, state: UnitState, target: ReadSystem): Promise<string> {
  if (wanted === null) return state.enabled;
  if (state.enabled === "enabled" && wanted) return isLinked(state.id, target) ? "enabled" : STALE;
  const also = state.enabled === "indirect" && !isTemplate(state.id) ? alsoOf(state.id, target) : [];
  if (also.length === 0) return state.enabled;
  for (const unit of also) if (!isEnabled((await unitState(unit, target))?.enabled)) return "disabled";
  return "enabled";
}

/** Units that are enabled with this one, which has nothing else in its [Install]. */
function alsoOf(unit: string, target: ReadSystem): readonly string[] {
  const path = unitFile(unit, target);
  return path === null ? [] : (installOf(path, target).get("Also") ?? []);
}
