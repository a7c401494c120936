import { parseCall } from "./common-fields.ts";
import type { Call, RunContext } from "../context.ts";
import { withDeadline } from "./deadline.ts";
import { placed } from "../problem.ts";
import type { AnyQuery } from "../resource.ts";
import { openSource } from "./source.ts";
import type { Value } from "../../base/value.ts";

/** One call of a query: looks at the target and answers. In plan something only planned may make it E_UNKNOWN. */
export async function callQuery(
  context: RunContext,
  type: AnyQuery,
  raw: Value | undefined,
  call: Call,
): Promise<Value> {
  try {
    const { common, props } = parseCall(type.schema, raw);
    using deadline = withDeadline(call.scope.signal, common.timeoutMs);
    const target = await context.targetFor(common.delegateTo ?? call.scope.host);
    const system = context.sourceFor(deadline.signal);
    const { sensitive } = common;
    const contents = context.contents.forHost(target.host);
    const { source, held } = openSource(system, contents, context, sensitive);
    const want = type.want === undefined ? (props as Value) : await type.want(props, source);
    const inputs = contents.from(system);
    try {
      return await target.query(type, want, { signal: deadline.signal, sensitive, keep: false, inputs });
    } finally {
      context.contents.release(held);
    }
  } catch (thrown) {
    throw placed(thrown, call.location, type.name);
  }
}
