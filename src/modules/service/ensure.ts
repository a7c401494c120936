import { flag, object, oneOf, optional } from "../../engine/schema.ts";
import { serviceName, serviceResource } from "./_service.ts";

/** Keeps a service running or stopped, enabled or not, whatever starts services there. */
export const ensure = serviceResource({
  name: "service.ensure",
  summary: "Keeps a service in the given state, by systemd, OpenRC or sysvinit.",
  example: 'service.ensure{ name = "nginx", state = "started", enabled = true }',
  schema: object(
    {
      name: serviceName,
      state: optional(
        oneOf("Whether it runs; left alone when absent. One that is not there is stopped.", "started", "stopped"),
      ),
      enabled: optional(flag("Whether it starts with the machine; left alone when absent.")),
    },
    ({ state, enabled }) =>
      state === undefined && enabled === undefined ? "states nothing: give 'state' or 'enabled'" : undefined,
  ),
  want: ({ name, state, enabled }) => ({
    name,
    running: state === undefined ? null : state === "started",
    enabled: enabled ?? null,
  }),

  undo: {
    restate(name, facts) {
      const { running = null, enabled = null } = facts ?? {};
      return {
        want: { name, running, enabled },
        stated: { running: running ?? undefined, enabled: enabled ?? undefined },
      };
    },
  },
});
