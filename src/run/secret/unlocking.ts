import type { Unlocking } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { Step } from "../../secrets/leaf-text.ts";
import type { SopsValue } from "../../secrets/sops.ts";
import { openHost } from "../../system/host.ts";
import type { Around } from "../around.ts";
import type { FormOpener } from "./form-opener.ts";

/** What opens files of values, in each form. */
export interface Opener {
  open(file: Uint8Array): Promise<Uint8Array>;
  leaf(path: readonly Step[], text: string): Promise<Uint8Array>;
  vault(text: string): Promise<Uint8Array>;
  sops(file: Uint8Array): Promise<readonly SopsValue[]>;
}

/** Opens with the identities that are at hand. What that takes is loaded when the first secret is opened. */
export function unlockingOf(files: readonly string[], { askHidden }: Pick<Around, "askHidden">): Unlocking & Opener {
  const host = openHost({ mode: "read" });
  const system = host.reader({ signal: new AbortController().signal });
  const answers = new Map<string, Promise<Uint8Array>>();
  let loading: Promise<FormOpener> | undefined;
  const forms = (): Promise<FormOpener> =>
    (loading ??= import("./form-opener.ts").then(
      ({ FormOpener }) => new FormOpener({ files, env: process.env, system, ask: askHidden }),
    ));
  return {
    open: async (file) => await (await forms()).open(file),
    leaf: async (path, text) => await (await forms()).leaf(path, text),
    vault: async (text) => await (await forms()).vault(text),
    sops: async (file) => await (await forms()).sops(file),
    ask(question) {
      const asked = answers.get(question) ?? answerOf(question, askHidden);
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

/** For a plan that only looks for what a workflow reads: nothing is opened, and nobody asked. */
export const lockedAway: Unlocking = {
  open: () => Promise.resolve(new Uint8Array()),
  ask: () => Promise.resolve(new Uint8Array()),
  command: () => Promise.resolve(new Uint8Array()),
};

async function answerOf(question: string, askHidden: Around["askHidden"]): Promise<Uint8Array> {
  const typed = await askHidden(`${printable(question)}: `);
  if (typed !== undefined) return Buffer.from(typed, "utf8");
  throw new SlothError("E_SECRET_MISSING", `there is no terminal to ask for '${printable(question)}'`, {
    hint: "run it on a terminal, or keep the value in a file of values: sloth-runner secret set",
  });
}
