import { flag, object, oneOf, optional } from "../../engine/schema.ts";
import { unitResource } from "./_unit.ts";
import { unitField, unitName } from "../_units/unit-name.ts";

/** Keeps a unit running or stopped, enabled or not, masked or not: what is stated of it. */
export const ensure = unitResource({
  name: "systemd.ensure",
  summary: "Keeps a systemd unit in the given state.",
  example: 'systemd.ensure{ name = "nginx", state = "started", enabled = true }',
  schema: object(
    {
      name: unitField,
      state: optional(
        oneOf("Whether it runs; left alone when absent. A unit that is not there is stopped.", "started", "stopped"),
      ),
      enabled: optional(flag("Whether it starts at boot; left alone when absent.")),
      masked: optional(flag("Whether nothing may start it; left alone when absent.")),
    },
    ({ state, enabled, masked }) => {
      if (state === undefined && enabled === undefined && masked === undefined)
        return "states nothing: give 'state', 'enabled' or 'masked'";
      return masked === true && (state === "started" || enabled === true)
        ? "a masked unit can be neither started nor enabled"
        : undefined;
    },
  ),
  want: ({ name, state, enabled, masked }) => ({
    unit: unitName(name),
    state: state ?? null,
    enabled: enabled ?? null,
    masked: masked ?? null,
  }),

  restate(name, facts) {
    const { active, enabled, masked } = facts ?? {};
    const known = enabled === "enabled" || enabled === "disabled" ? enabled : undefined;
    const state = active === "active" ? "started" : "stopped";
    const stated = { active: state === "started" ? "active" : "inactive", enabled: known, masked };
    const wanted = known === undefined ? null : known === "enabled";
    return { want: { unit: name, state, enabled: wanted, masked: masked ?? null }, stated };
  },
});
