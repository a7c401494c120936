import { lineBuffer, type LineBuffer } from "./line-buffer.ts";

export interface ChildOutput {
  add(task: string, stream: "stdout" | "stderr", text: string): void;
  /** What a command wrote last need not end in a newline. */
  end(task: string): void;
}

/** What commands write, put together into lines: it comes in pieces, from several at once. */
export function childOutput(tell: (task: string, stream: "stdout" | "stderr", line: string) => void): ChildOutput {
  const open = new Map<string, Record<"stdout" | "stderr", LineBuffer>>();
  return {
    add(task, stream, text) {
      const buffers = open.get(task) ?? { stdout: lineBuffer(), stderr: lineBuffer() };
      open.set(task, buffers);
      for (const line of buffers[stream].add(text)) tell(task, stream, lastDrawn(line));
    },
    end(task) {
      const buffers = open.get(task);
      open.delete(task);
      for (const stream of ["stdout", "stderr"] as const)
        for (const line of buffers?.[stream].rest() ?? []) tell(task, stream, lastDrawn(line));
    },
  };
}

/** A progress bar draws one line many times over, with carriage returns between. */
function lastDrawn(line: string): string {
  return line.split("\r").findLast((drawn) => drawn !== "") ?? "";
}
