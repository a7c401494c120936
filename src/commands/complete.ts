import { candidatesFor, type Candidate, type Given } from "../cli/candidates.ts";
import { command, type Named } from "../cli/command.ts";
import { anyOperands } from "../cli/flags.ts";

/** What the scripts of `completions` ask at each key: one candidate a line, or a word with a colon for kinds of files. */
export default command({
  summary: "Say what may come next on a command line.",
  example: "sloth-runner complete -- stack sh",
  hidden: true,
  args: { WORD: anyOperands("Words of the line after the program's name; the last one is being typed.") },

  async run({ WORD: words }, context) {
    const { stdout, table } = context;
    const known = async (named: Named, given: Given): Promise<readonly Candidate[]> => {
      if (named === "module") return await modules();
      const { namesFor } = await import("../run/names.ts");
      const { declaredIn } = await import("../cli/declared-in.ts");
      return await namesFor(named, given, (file) => declaredIn(file, given.inventory, context));
    };
    const candidates = await candidatesFor(words, table, known);
    if (typeof candidates === "string") return stdout.write(`:${candidates}\n`);
    return stdout.write(candidates.map(([word, meaning]) => `${word}\t${meaning}\n`).join(""));
  },
});

async function modules(): Promise<readonly Candidate[]> {
  const { allModules } = await import("../reference/modules.ts");
  return allModules().flatMap(({ name, summary, functions }): readonly Candidate[] => [
    [name, summary],
    ...functions.map((one): Candidate => [one.name, one.summary]),
  ]);
}
