import type { Emit } from "../engine/events.ts";
import { isTerminal } from "../report/sink.ts";
import type { Around } from "../run/around.ts";
import type { Context } from "./command.ts";
import { listenForSignals } from "./signals.ts";

/** The world around a run that a command line asks for. */
export function aroundOf(context: Context, emit: Emit, redact: Around["redact"] = (text) => text): Around {
  const { stdin, line, stdout } = context;
  return {
    emit,
    redact,
    stdin,
    line,
    interactive: isTerminal(0) && isTerminal(2),
    listen: listenForSignals,
    async ask(question) {
      await stdout.drain();
      return await context.ask(question);
    },
    async askHidden(question) {
      await stdout.drain();
      return await context.askHidden(question);
    },
  };
}
