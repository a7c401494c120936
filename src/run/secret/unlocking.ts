import type { Unlocking } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { Keyring } from "../../secrets/keyring.ts";
import { openHost } from "../../system/host.ts";
import type { Around } from "../around.ts";

/** Opens with the identities that are at hand. What that takes is loaded when the first secret is opened. */
export function unlockingOf(files: readonly string[], around: Pick<Around, "askHidden">): Unlocking & KeyringSource {
  const host = openHost({ mode: "read" });
  const answers = new Map<string, Promise<Uint8Array>>();
  let keyring: Promise<Keyring> | undefined;
  const system = host.reader({ signal: new AbortController().signal });
  const keys = (): Promise<Keyring> =>
    (keyring ??= import("./at-hand.ts").then(({ keyringAtHand }) =>
      keyringAtHand({ files, env: process.env, system, ask: around.askHidden }),
    ));
  return {
    keys,
    open: async (file) => await (await keys()).open(file),
    ask(question) {
      const asked = answers.get(question) ?? answerOf(question, around);
      answers.set(question, asked);
      return asked;
    },
    async command(argv, signal) {
      const { exitCode, stdout } = await host.reader({ signal, sensitive: true }).query(argv);
      if (exitCode === 0) return stdout;
      throw new SlothError("E_SECRET_MISSING", `${printable(argv.join(" "))} ended with ${exitCode}`, {
        hint: "run it by hand to see what it says: that is not shown here, since it may hold the secret",
      });
    },
  };
}

export interface KeyringSource {
  keys(): Promise<Keyring>;
}

/** For a plan that only looks for what a workflow reads: nothing is opened, and nobody asked. */
export const lockedAway: Unlocking = {
  open: () => Promise.resolve(new Uint8Array()),
  ask: () => Promise.resolve(new Uint8Array()),
  command: () => Promise.resolve(new Uint8Array()),
};

async function answerOf(question: string, { askHidden }: Pick<Around, "askHidden">): Promise<Uint8Array> {
  const typed = await askHidden(`${printable(question)}: `);
  if (typed !== undefined) return Buffer.from(typed, "utf8");
  throw new SlothError("E_SECRET_MISSING", `there is no terminal to ask for '${printable(question)}'`, {
    hint: "run it on a terminal, or keep the value in a file of values: sloth-runner secret set",
  });
}
