import type { ModuleDefinition, HostFunction } from "../../engine/resource.ts";
import { anything, object, optional } from "../../engine/schema.ts";
import { functionOf } from "../_kit/function.ts";
import { withoutSecrets } from "../_kit/secrets.ts";
import { shownText } from "../_kit/shown.ts";

export const log: ModuleDefinition = {
  name: "log",
  summary: "Messages with a level, and with fields for whoever reads them by machine.",
  functions: [
    level("debug", "Says what matters only when something is looked into; shown with `--verbose`."),
    level("info", "Says what a reader of the run wants to know."),
    level("warn", "Says what deserves attention although the run goes on."),
    level("error", "Says what went wrong; the task itself does not fail by it."),
  ],
};

function level(name: "debug" | "info" | "warn" | "error", summary: string): HostFunction {
  return functionOf({
    name: `log.${name}`,
    summary,
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
