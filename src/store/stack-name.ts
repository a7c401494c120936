import { UsageError } from "../base/errors.ts";

/** Refuses with the rule. */
export function checkStackName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new UsageError(`${JSON.stringify(name)} cannot name a stack`, {
    hint: "a name has 1 to 128 letters, digits, '.', '_' and '-', and does not start with '.' or '-'",
  });
}
