import { candidatesFor, type Candidate } from "../cli/candidates.ts";
import { command } from "../cli/command.ts";
import { anyOperands } from "../cli/flags.ts";

/** What the scripts of `completions` ask at each key: one candidate a line, or a word with a colon for kinds of files. */
export default command({
  summary: "Say what may come next on a command line.",
  example: "sloth-runner complete -- stack sh",
  hidden: true,
  args: { WORD: anyOperands("Words of the line after the program's name; the last one is being typed.") },

  async run({ WORD: words }, { stdout, table }) {
    const candidates = await candidatesFor(words, table, { stacks, modules });
    if (typeof candidates === "string") return stdout.write(`:${candidates}\n`);
    return stdout.write(candidates.map(([word, meaning]) => `${word}\t${meaning}\n`).join(""));
  },
});

async function stacks(database: string | undefined): Promise<readonly string[]> {
  const { openStore } = await import("../store/open-store.ts");
  const { databasePath } = await import("../store/place.ts");
  await using store = await openStore({ place: databasePath(database), mode: "read" });
  return store === null ? [] : (await store.stacks()).map((stack) => stack.name);
}

async function modules(): Promise<readonly Candidate[]> {
  const { modules: all } = await import("../modules/registry.ts");
  return all.map(({ name, summary }) => [name, summary]);
}
