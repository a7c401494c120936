import { test } from "bun:test";

/** `test` where `met`; elsewhere a skipped test whose name says why, so that the summary can list it. */
export function needs(met: boolean, what: string) {
  return (name: string, body: () => void | Promise<void>, timeoutMs?: number): void => {
    if (met) test(name, body, timeoutMs);
    else test.skip(`${name} (needs ${what})`, body);
  };
}
