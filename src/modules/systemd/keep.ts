import type { AnyResource } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { unitResource, type UnitWant } from "./_unit.ts";
import { unitField, unitName } from "../_units/unit-name.ts";

/** Short for systemd.ensure with one property. */
export const enable = keeps("enable", "Has a unit started at boot.", { enabled: true });
export const disable = keeps("disable", "Has a unit not started at boot.", { enabled: false });
export const mask = keeps("mask", "Has nothing start a unit.", { masked: true });
export const unmask = keeps("unmask", "Takes the mask off a unit.", { masked: false });

function keeps(verb: string, summary: string, kept: Partial<UnitWant>): AnyResource {
  return unitResource({
    name: `systemd.${verb}`,
    summary,
    example: `systemd.${verb}{ name = "${verb.includes("mask") ? "old-app" : "app"}" }`,
    schema: object({ name: unitField }),
    want: ({ name }) => ({ unit: unitName(name), state: null, enabled: null, masked: null, ...kept }),
  });
}
