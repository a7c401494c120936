import type { ModuleDefinition, HostFunction } from "../../engine/resource.ts";
import { anything, object, optional } from "../../engine/schema.ts";
import { functionOf } from "../_kit/function.ts";
import { withoutSecrets } from "../_kit/secrets.ts";
import { shownText } from "../_kit/shown.ts";

export const log: ModuleDefinition = {
  name: "log",
  summary: "Messages with a level, and with fields for whoever reads them by machine.",
  functions: [
    level(
      "debug",
      "Says what matters only when something is looked into; shown with `--verbose`.",
      'log.debug("looked it up", { tries = 2 })',
    ),
    level("info", "Says what a reader of the run wants to know.", 'log.info("the site is ready", { port = 8080 })'),
    level(
      "warn",
      "Says what deserves attention although the run goes on.",
      'log.warn("the certificate ends in a week")',
    ),
    level(
      "error",
      "Says what went wrong; the task itself does not fail by it.",
      'log.error("no mirror answers", { tried = { "a", "b" } })',
    ),
  ],
};

function level(name: "debug" | "info" | "warn" | "error", summary: string, example: string): HostFunction {
  return functionOf({
    name: `log.${name}`,
    summary,
    example,
    params: object({
      message: anything("The message; what is not a string is shown as JSON."),
      fields: optional(anything("A table of further data, kept as data with `--output json`.")),
    }),
    returns: "",
    call({ message, fields }, context) {
      if (context.mode === "check") return undefined;
      const shown = withoutSecrets(fields ?? {});
      context.emit({ type: "log", task: context.task, level: name, message: shownText(message), fields: shown });
      return undefined;
    },
  });
}
