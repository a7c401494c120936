import { SlothError, toError } from "../base/errors.ts";
import { pathBytes } from "../base/path-text.ts";

/** Where text goes: standard output, standard error, or a string in tests. */
export interface Sink {
  /** Bytes that are not UTF-8 as `toText` has them. Never throws and never waits: a reader that went away is nobody's business, any other failure is told by `drain`. */
  write(text: string): void;
  /** Waits until all of it is written; E_OUTPUT when it could not be (a full disk). */
  drain(): Promise<void>;
  readonly terminal: boolean;
  /** Of the terminal as it is now; undefined where there is none or it does not say. */
  readonly columns: number | undefined;
}

/**
 * Standard output or standard error. Not `process.stdout`, which costs 9 ms at start-up. Each write is handed to the
 * kernel at once, so that lines on both streams keep their order; a slow pipe is waited for without blocking the event loop.
 */
export function openSink(fd: 1 | 2): Sink {
  const writer = (fd === 1 ? Bun.stdout : Bun.stderr).writer();
  let failure: Error | undefined;
  let broken = false;
  const fail = (thrown: unknown): void => {
    broken = true;
    const error = toError(thrown);
    if (!isReaderGone(error)) failure ??= error;
  };
  return {
    write(text) {
      if (broken || text === "") return;
      try {
        void Promise.resolve(writer.write(pathBytes(text))).catch(fail); // awaited by drain, through flush
        void Promise.resolve(writer.flush()).catch(fail);
      } catch (thrown) {
        fail(thrown);
      }
    },
    async drain() {
      if (!broken) await Promise.resolve(writer.flush()).catch(fail);
      if (failure === undefined) return;
      const [cause] = [failure, (failure = undefined)];
      throw new SlothError(
        "E_OUTPUT",
        `standard ${fd === 1 ? "output" : "error"} cannot be written: ${cause.message}`,
        {
          cause,
        },
      );
    },
    get terminal() {
      return isTerminal(fd);
    },
    get columns() {
      const columns = isTerminal(fd) ? (fd === 1 ? process.stdout : process.stderr).columns : undefined;
      return columns === undefined || columns <= 0 ? undefined : columns;
    },
  };
}

/** Keeps what is written; for tests, and for text that is made before it is known whether it is wanted. */
export function textSink(): Sink & { readonly text: () => string } {
  const parts: string[] = [];
  return {
    write: (text) => void parts.push(text),
    drain: () => Promise.resolve(),
    terminal: false,
    columns: undefined,
    text: () => parts.join(""),
  };
}

function isReaderGone(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "ECONNRESET" || error.code === "EIO");
}

const known = new Map<number, boolean>();

/** Asked only when needed: loading node:tty costs 3 ms. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  let answer = known.get(fd);
  if (answer === undefined) {
    answer = process.getBuiltinModule("node:tty").isatty(fd);
    known.set(fd, answer);
  }
  return answer;
}
