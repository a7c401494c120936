import { isTerminal, type Sink } from "../report/sink.ts";

/**
 * Asks on the terminal without showing what is typed; undefined where there is nobody to ask. Ctrl-C ends us as it always does, and the
 * terminal is as it was before.
 */
export async function askHidden(question: string, stderr: Sink): Promise<string | undefined> {
  if (!isTerminal(0) || !isTerminal(2)) return undefined;
  const { stdin } = process;
  const restore = (): void => void stdin.setRawMode(false);
  process.once("exit", restore);
  stdin.setRawMode(true); // before the question: who answers at once is not shown either
  try {
    stderr.write(question);
    const typed = await typedLine(stdin);
    stderr.write("\n");
    if (typed !== "interrupted") return typed.line;
    restore();
    process.kill(process.pid, "SIGINT");
    return "";
  } finally {
    restore();
    process.off("exit", restore);
  }
}

const BACKSPACE: ReadonlySet<number> = new Set([0x08, 0x7f]);
const ENTER: ReadonlySet<number> = new Set([0x0a, 0x0d]);
const [CTRL_C, CTRL_D, CTRL_U] = [0x03, 0x04, 0x15];

function typedLine(stdin: NodeJS.ReadStream): Promise<{ readonly line: string } | "interrupted"> {
  return new Promise((resolve) => {
    let bytes: number[] = [];
    const end = (answer: { readonly line: string } | "interrupted"): void => {
      stdin.off("data", take);
      stdin.off("end", closed);
      stdin.pause();
      resolve(answer);
    };
    const closed = (): void => end({ line: "" });
    const take = (chunk: Buffer): void => {
      for (const byte of chunk) {
        if (byte === CTRL_C) return end("interrupted");
        if (ENTER.has(byte) || byte === CTRL_D) return end({ line: Buffer.from(bytes).toString("utf8") });
        if (byte === CTRL_U) bytes = [];
        else if (BACKSPACE.has(byte)) bytes = withoutLast(bytes);
        else bytes.push(byte);
      }
    };
    stdin.on("data", take);
    stdin.once("end", closed);
    stdin.resume();
  });
}

/** A character of several bytes goes as one. */
function withoutLast(bytes: readonly number[]): number[] {
  return [...Buffer.from(Buffer.from(bytes).toString("utf8").replace(/.$/su, ""))];
}
