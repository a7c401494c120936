import type { CallContext } from "../../engine/resource.ts";
import type { Value } from "../../base/value.ts";
import { refuseSecrets } from "./secrets.ts";

/**
 * A value as the record may keep it. A secret itself is refused, and `why` ends the sentence; a text in which one stands, such as what a
 * command answered, is kept as its digest, and that is told.
 */
export function stored(value: Value, field: string, why: string, context: CallContext): Value {
  refuseSecrets(value, field, why);
  const sealed = context.seal(value);
  if (sealed !== value)
    context.emit({
      type: "log",
      task: context.task,
      level: "warn",
      message: `${context.location.file}:${context.location.line}: a secret stands in '${field}': what is kept of it is a digest`,
      fields: {},
    });
  return sealed;
}
