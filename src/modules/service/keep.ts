import type { AnyResource } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { serviceName, serviceResource } from "./_service.ts";

/** Short for service.ensure with one property. */
export const enable = keeps("enable", "Has a service start with the machine.", true);
export const disable = keeps("disable", "Has a service not start with the machine.", false);

function keeps(verb: string, summary: string, enabled: boolean): AnyResource {
  return serviceResource({
    name: `service.${verb}`,
    summary,
    example: `service.${verb}{ name = "app" }`,
    schema: object({ name: serviceName }),
    want: ({ name }) => ({ name, running: null, enabled }),
  });
}
