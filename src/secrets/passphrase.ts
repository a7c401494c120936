import { SlothError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";

/** Asks a person without showing what is typed; undefined where there is nobody to ask. */
export type AskHidden = (question: string) => Promise<string | undefined>;

const TRIES = 3;

/** Asks for the passphrase of `name` until `open` takes it, three times at most; nothing typed gives up. */
export async function askPassphrase<T>(
  name: string,
  ask: AskHidden,
  open: (passphrase: string) => Promise<T>,
): Promise<T> {
  for (let tried = 0; tried < TRIES; tried++) {
    const typed = await ask(`${tried === 0 ? "" : "That is not it. "}Passphrase of ${printable(name)}: `);
    if (typed === undefined) throw nobodyToAsk(name);
    if (typed === "") break;
    const opened = await open(typed).then(
      (value) => ({ value }),
      (error: unknown) => {
        if (error instanceof SlothError && error.code === "E_PASSPHRASE") return undefined;
        throw error;
      },
    );
    if (opened !== undefined) return opened.value;
  }
  throw new SlothError("E_PASSPHRASE", `the passphrase of ${printable(name)} was not given`, {
    hint: "name another identity with --identity",
  });
}

function nobodyToAsk(name: string): SlothError {
  return new SlothError("E_PASSPHRASE", `${printable(name)} has a passphrase, and there is no terminal to ask for it`, {
    hint: "name an identity without one with --identity or SLOTH_RUNNER_IDENTITY, or run this on a terminal",
  });
}
