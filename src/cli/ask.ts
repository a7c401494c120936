import { isTerminal, type Sink } from "../report/sink.ts";

/**
 * Asks on the terminal; undefined where there is nobody to ask. The end of input is an empty answer. The terminal keeps its
 * own line editing, so that Ctrl-C ends us as it always does.
 */
export async function askOnTerminal(question: string, stderr: Sink): Promise<string | undefined> {
  if (!isTerminal(0) || !isTerminal(2)) return undefined;
  const { createInterface } = await import("node:readline");
  using lines = createInterface({ input: process.stdin, terminal: false });
  stderr.write(question);
  return await new Promise((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
  });
}
