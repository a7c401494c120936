import { defineQuery } from "../../engine/resource.ts";
import { isObject } from "../../base/value.ts";
import { object } from "../../engine/schema.ts";
import { refuseGuess } from "../_kit/paths.ts";
import { initOf } from "./_init.ts";
import { serviceName } from "./_service.ts";

export const status = defineQuery<{ readonly name: string }, { readonly name: string }>({
  name: "service.status",
  summary:
    "Whether a service runs and starts with the machine, and what starts services there; nil when there is none.",
  example: `
    local nginx = service.status("nginx")
    if nginx ~= nil and nginx.running then
        print("nginx runs, started by " .. nginx.init)
    end
  `,
  schema: object({ name: serviceName }),
  positional: ["name"],
  returns: '{ name: string, running: boolean, enabled: boolean, init: "systemd"|"openrc"|"sysvinit" }?',
  want: ({ name }) => ({ name }),
  async read({ name }, target) {
    const init = initOf(target);
    const said = target.predicted("service", name);
    const state = said === undefined ? await init.look(name, target) : said;
    if (isObject(state)) return { name, ...state, init: init.name };
    refuseGuess(target); // in plan an earlier step may bring it
    return null;
  },
});
