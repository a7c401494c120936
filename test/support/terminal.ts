export interface InTerminal {
  readonly code: number;
  /** What the terminal received, without carriage returns before newlines. */
  readonly text: string;
}

/** Runs a command in a terminal of its own; `typed` is typed as soon as `until` was seen. */
export async function inTerminal(
  argv: readonly string[],
  keys?: { readonly until: string; readonly typed: string },
  env: Readonly<Record<string, string>> = {},
): Promise<InTerminal> {
  const decoder = new TextDecoder();
  let text = "";
  let waiting = keys;
  await using terminal = new Bun.Terminal({
    cols: 80,
    rows: 24,
    data(self, data) {
      text += decoder.decode(data, { stream: true });
      if (waiting === undefined || !text.includes(waiting.until)) return;
      self.write(waiting.typed);
      waiting = undefined;
    },
  });
  const child = Bun.spawn([...argv], { terminal, env: { PATH: process.env["PATH"] ?? "", TERM: "xterm", ...env } });
  const code = await child.exited;
  await Bun.sleep(20); // what it wrote last may still be in the terminal
  return { code, text: text.replaceAll("\r\n", "\n") };
}
