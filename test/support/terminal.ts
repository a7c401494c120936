export interface InTerminal {
  readonly code: number;
  /** What the terminal received, without carriage returns before newlines. */
  readonly text: string;
}

interface Keys {
  readonly until: string;
  readonly typed: string;
}

/** Runs a command in a terminal of its own; `typed` is typed as soon as `until` was seen, one after the other. */
export async function inTerminal(
  argv: readonly string[],
  keys: Keys | readonly Keys[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<InTerminal> {
  const decoder = new TextDecoder();
  let text = "";
  let answered = 0;
  const waiting = [keys].flat();
  await using terminal = new Bun.Terminal({
    cols: 80,
    rows: 24,
    data(self, data) {
      text += decoder.decode(data, { stream: true });
      const [next] = waiting;
      if (next === undefined || !text.includes(next.until, answered)) return;
      answered = text.length;
      waiting.shift();
      self.write(next.typed);
    },
  });
  const child = Bun.spawn([...argv], { terminal, env: { PATH: process.env["PATH"] ?? "", TERM: "xterm", ...env } });
  const code = await child.exited;
  await Bun.sleep(20); // what it wrote last may still be in the terminal
  return { code, text: text.replaceAll("\r\n", "\n") };
}
