import { lineBuffer, type LineBuffer } from "./line-buffer.ts";

export interface ChildOutput {
  add(task: string, stream: "stdout" | "stderr", text: string): void;
  /** What a command wrote last need not end in a newline. */
  end(task: string): void;
}

/** What commands write, put together into lines: it comes in pieces, from several at once. */
export function childOutput(
  tell: (task: string, stream: "stdout" | "stderr", lines: readonly string[]) => void,
): ChildOutput {
  const open = new Map<string, Record<"stdout" | "stderr", LineBuffer>>();
  return {
    add(task, stream, text) {
      const buffers = open.get(task) ?? { stdout: lineBuffer(), stderr: lineBuffer() };
      open.set(task, buffers);
      const lines = buffers[stream].add(text).map(lastDrawn);
      if (lines.length > 0) tell(task, stream, lines);
    },
    end(task) {
      const buffers = open.get(task);
      open.delete(task);
      for (const stream of ["stdout", "stderr"] as const) {
        const lines = buffers?.[stream].rest().map(lastDrawn) ?? [];
        if (lines.length > 0) tell(task, stream, lines);
      }
    },
  };
}

/** A progress bar draws one line many times over, with carriage returns between. */
function lastDrawn(line: string): string {
  return line.split("\r").findLast((drawn) => drawn !== "") ?? "";
}
