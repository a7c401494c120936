import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { refuseGuess } from "../_kit/paths.ts";
import { unitState } from "../_units/state.ts";
import { unitField, unitName } from "../_units/unit-name.ts";

export const status = defineQuery<{ readonly name: string }, { readonly unit: string }>({
  name: "systemd.status",
  summary:
    "What systemd says of a unit: name, description, load, active, sub, enabled, masked, result, main_pid and path; nil when there is none.",
  example: `
    local nginx = systemd.status("nginx")
    if nginx ~= nil then
        print(nginx.active, nginx.enabled, nginx.main_pid)
    end
  `,
  schema: object({ name: unitField }),
  positional: ["name"],
  returns:
    "{ name: string, description: string, load: string, active: string, sub: string, enabled: string, masked: boolean, " +
    "result: string, main_pid: integer, path: string }?",
  want: ({ name }) => ({ unit: unitName(name) }),
  async read({ unit }, target) {
    const state = await unitState(unit, target);
    if (state === null) refuseGuess(target); // in plan an earlier step may bring it
    if (state === null) return null;
    const { id, active, enabled, masked, properties } = state;
    const property = (name: string): string => properties.get(name) ?? "";
    return {
      name: id,
      description: property("Description"),
      load: property("LoadState"),
      active,
      sub: property("SubState"),
      enabled,
      masked,
      result: property("Result"),
      main_pid: Number(property("MainPID")),
      path: property("FragmentPath"),
    };
  },
});
