import { defineAction, type AnyAction } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { control, daemonReload, existingUnit, requireRunning, starting } from "../_units/control.ts";
import { requireSystemd, unitState } from "../_units/state.ts";
import { unitField, unitName } from "../_units/unit-name.ts";

export const start = verb("start", "Starts a unit that is not active. To keep it started: systemd.ensure.", {
  needed: async (unit, target) => !["active", "reloading"].includes((await existingUnit(unit, target)).active),
  run: (unit, target) => starting("start", unit, target),
  active: "active",
  example: 'systemd.start{ name = "app" }',
});

export const stop = verb("stop", "Stops a unit that is active. To keep it stopped: systemd.ensure.", {
  needed: async (unit, target) =>
    !["inactive", "failed"].includes((await unitState(unit, target))?.active ?? "inactive"),
  run: (unit, target) => control(["stop"], unit, target),
  active: "inactive",
  example: 'systemd.stop{ name = "app.service" }',
});

export const restart = verb("restart", "Restarts a unit, or starts it.", {
  needed: isThere,
  run: (unit, target) => starting("restart", unit, target),
  active: "active",
  example: `
    local conf = file_ops.copy{ src = "files/app.conf", dest = "/etc/app/app.conf" }
    if conf.changed then
        systemd.restart{ name = "app" }
    end
  `,
});

export const reload = verb("reload", "Has a unit read its configuration again.", {
  needed: isThere,
  run: (unit, target) => starting("reload", unit, target),
  active: "active",
  example: `
    local conf = file_ops.copy{ content = "server_tokens off;\\n", dest = "/etc/nginx/conf.d/tokens.conf" }
    if conf.changed then
        systemd.reload{ name = "nginx" }
    end
  `,
});

export const daemonReloadAction = defineAction<object, null>({
  name: "systemd.daemon_reload",
  summary: "Has systemd read all unit files again. Never counts as a change.",
  example: "systemd.daemon_reload{}",
  schema: object({}),
  results: [],
  title: () => "daemon-reload",
  want: () => null,
  async run(_want, target) {
    requireSystemd(target);
    requireRunning(target, "daemon-reload");
    await daemonReload(target);
    return { changed: false };
  },
});

type UnitOf = { readonly unit: string };

function verb(
  name: "start" | "stop" | "restart" | "reload",
  summary: string,
  does: {
    readonly needed: (unit: string, target: ReadSystem) => Promise<boolean>;
    readonly run: (unit: string, target: System) => Promise<void>;
    /** What the unit then is. */
    readonly active: "active" | "inactive";
    readonly example: string;
  },
): AnyAction {
  return defineAction<{ readonly name: string }, UnitOf>({
    name: `systemd.${name}`,
    summary,
    example: does.example,
    schema: object({ name: unitField }),
    results: [],
    title: (props) => unitName(props.name),
    want: (props) => ({ unit: unitName(props.name) }),
    needed: async ({ unit }, target) => {
      requireSystemd(target);
      requireRunning(target, `systemctl ${name} ${unit}`);
      return does.needed(unit, target);
    },
    reaches: "unit",
    async predict({ unit }, target) {
      const state = await unitState(unit, target);
      if (state === null) return [];
      return [
        { kind: "unit", name: unit, facts: { active: does.active, enabled: state.enabled, masked: state.masked } },
      ];
    },
    async run({ unit }, target) {
      const { id } = await existingUnit(unit, target);
      await does.run(id, target);
      return { changed: true };
    },
  });
}

/** A unit that is not there is told before anything is done, in plan too. */
async function isThere(unit: string, target: ReadSystem): Promise<boolean> {
  await existingUnit(unit, target);
  return true;
}
