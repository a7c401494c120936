import type { Sink } from "./sink.ts";

type Stream = "stdout" | "stderr";

/** Both outputs, and one status line below them that never mixes with what is written. */
export interface Screen {
  /** Text as it is; it may end in the middle of a line. */
  write(stream: Stream, text: string): void;
  /** Whole lines, on a line of their own. */
  line(stream: Stream, text: string): void;
  /** Draws the status line anew, cut to the terminal's width; undefined takes it away. */
  status(text: string | undefined): void;
  /** Somebody is asked something: until it is disposed of nothing else is written. */
  hush(): Disposable;
}

export function createScreen(stdout: Sink, stderr: Sink): Screen {
  const sinks = { stdout, stderr };
  // What is written to one terminal meets on it, whichever stream it came by.
  const cursorOf = { stdout: "stdout", stderr: stdout.terminal && stderr.terminal ? "stdout" : "stderr" } as const;
  const midLine = { stdout: false, stderr: false };
  let drawn = "";
  let waiting: (() => void)[] | undefined;

  const erase = (): void => {
    if (drawn !== "") stderr.write(`${upTo(rowsOf(drawn, stderr.columns))}\r\x1b[J`);
    drawn = "";
  };
  const write = (stream: Stream, text: string): void => {
    if (text === "") return;
    if (waiting !== undefined) return void waiting.push(() => write(stream, text));
    erase();
    sinks[stream].write(text);
    midLine[cursorOf[stream]] = !text.endsWith("\n");
  };
  const line = (stream: Stream, text: string): void => {
    if (waiting !== undefined) return void waiting.push(() => line(stream, text));
    write(stream, `${midLine[cursorOf[stream]] ? "\n" : ""}${text}\n`);
  };
  return {
    write,
    line,
    hush() {
      erase();
      waiting ??= [];
      return {
        [Symbol.dispose]() {
          const missed = waiting ?? [];
          waiting = undefined;
          for (const one of missed) one();
        },
      };
    },
    status(text) {
      if (waiting !== undefined) return;
      const columns = stderr.columns ?? 0;
      const next =
        text === undefined || columns < NARROWEST || midLine[cursorOf.stderr]
          ? ""
          : Bun.sliceAnsi(text, 0, columns - SPARE, "…");
      if (next === drawn) return;
      erase();
      stderr.write(next);
      drawn = next;
    },
  };
}

/** Columns left free: the terminal itself writes `^C` there, and what it wraps could not be erased. */
const SPARE = 3;

/** Below it a status line says nothing; terminals that do not know their width say 0. */
const NARROWEST = 20;

/** A terminal made narrower breaks the line that was drawn on it. */
function rowsOf(text: string, columns: number | undefined): number {
  return columns === undefined ? 1 : Math.max(1, Math.ceil(Bun.stringWidth(text) / columns));
}

function upTo(rows: number): string {
  return rows > 1 ? `\x1b[${rows - 1}A` : "";
}
