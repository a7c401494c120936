import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine, type Ran } from "./command-line.ts";

/** A directory with a workflow of its own and a database beside it, run through the command line in this process. */
export interface Site {
  readonly at: (name: string) => string;
  /** Writes the workflow's task and runs it; `HERE` stands for the directory. */
  readonly run: (lua: string, flags?: string, types?: string) => Promise<Ran>;
  /** `stack drift --fix`, for instance: the stack's name and the database are added. */
  readonly stack: (words: string, flags?: string, types?: string) => Promise<Ran>;
  readonly document: (words: string, flags?: string) => Promise<unknown>;
  readonly db: string;
}

export function siteIn(directory: string, name = "site"): Site {
  const db = join(directory, "s.db");
  const at = (file: string): string => join(directory, file);
  const stack: Site["stack"] = (words, flags = "", types) => {
    const line = `stack ${words} ${name} ${flags}`.split(" ").filter((word) => word !== "");
    return runLine([...line, "--db", db], { types });
  };
  return {
    at,
    db,
    stack,
    run(lua, flags = "", types) {
      const body = lua.replaceAll("HERE", directory);
      writeFileSync(
        at(`${name}.lua`),
        `workflow{ name = "${name}" }\ntask{ name = "files", run = function()\n${body}\nend }\n`,
      );
      const more = flags.split(" ").filter((word) => word !== "");
      return runLine(["run", at(`${name}.lua`), "--db", db, ...more], { types });
    },
    document: async (words, flags = "") => JSON.parse((await stack(words, `${flags} --output json`)).stdout),
  };
}
