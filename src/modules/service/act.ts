import { defineAction, type AnyAction } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import type { ReadSystem } from "../../system/system.ts";
import { initOf, type Verb } from "./_init.ts";
import { mustBeThere, serviceName } from "./_service.ts";

type Named = { readonly name: string };

export const start = verb(
  "start",
  "Starts a service that does not run. To keep it started: service.ensure.",
  'service.start{ name = "app" }',
);
export const stop = verb(
  "stop",
  "Stops a service that runs. To keep it stopped: service.ensure.",
  'service.stop{ name = "app" }',
);
export const restart = verb(
  "restart",
  "Restarts a service, or starts it.",
  `
  local conf = file_ops.copy{ src = "files/app.conf", dest = "/etc/app/app.conf" }
  if conf.changed then
      service.restart{ name = "app" }
  end
`,
);
export const reload = verb("reload", "Has a service read its configuration again.", 'service.reload{ name = "nginx" }');

function verb(name: Verb, summary: string, example: string): AnyAction {
  return defineAction<Named, Named>({
    name: `service.${name}`,
    summary,
    example,
    schema: object({ name: serviceName }),
    results: [],
    title: (props) => props.name,
    want: ({ name: service }) => ({ name: service }),
    needed: (want, target) => isNeeded(name, want.name, target),
    reaches: "unit",
    async predict(want, target) {
      const state = await initOf(target).look(want.name, target);
      if (state === null) return [];
      return [{ kind: "service", name: want.name, facts: { ...state, running: name !== "stop" } }];
    },
    async run(want, target) {
      await initOf(target).act(name, want.name, target);
      return { changed: true };
    },
  });
}

/** A service that is not there is told before anything is done, in plan too; stopped, it is as it should be. */
async function isNeeded(name: Verb, service: string, target: ReadSystem): Promise<boolean> {
  const init = initOf(target);
  const state = await init.look(service, target);
  if (name === "stop") return state?.running === true;
  await mustBeThere(service, target);
  if (name === "start" && state?.running === true) return false;
  if (name !== "reload") await init.refuse?.(service, { running: true }, target);
  return true;
}
