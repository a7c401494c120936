import type { KeyValue } from "../../engine/record/record.ts";
import { text } from "../../cli/flags.ts";
import type { Context } from "../../cli/command.ts";
import { reading, readingStack, writing, writingStack } from "../../run/with-stack.ts";

export const scopeFlag = () => text("Use the keys of this stack instead of the shared ones.", "NAME", "stack");

/** The keys to look at; null where there is no database yet. */
export function readingState<T>(
  stack: string | undefined,
  db: string | undefined,
  work: (state: KeyValue | null) => T | Promise<T>,
): Promise<T> {
  if (stack !== undefined) return readingStack(stack, db, ({ state }) => work(state));
  return reading(db, (store) => work(store?.shared ?? null));
}

export function writingState<T>(
  stack: string | undefined,
  db: string | undefined,
  context: Context,
  work: (state: KeyValue) => T | Promise<T>,
): Promise<T> {
  if (stack !== undefined) return writingStack(stack, db, context, ({ state }) => work(state));
  return writing(db, context, ({ shared }) => work(shared));
}
