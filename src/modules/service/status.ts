import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { initOf } from "./_init.ts";
import { serviceName } from "./_service.ts";

export const status = defineQuery<{ readonly name: string }, { readonly name: string }>({
  name: "service.status",
  summary:
    "Whether a service runs and starts with the machine, and what starts services there; nil when there is none.",
  schema: object({ name: serviceName }),
  positional: ["name"],
  returns: '{ name: string, running: boolean, enabled: boolean, init: "systemd"|"openrc"|"sysvinit" }?',
  want: ({ name }) => ({ name }),
  async read({ name }, target) {
    const init = initOf(target);
    const state = await init.look(name, target);
    return state && { name, ...state, init: init.name };
  },
});
