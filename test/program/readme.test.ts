import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { BINARY, run } from "../support/binary.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const root = resolve(import.meta.dir, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

interface Block {
  readonly language: string;
  /** Behind the language: the file that this is. */
  readonly file: string | undefined;
  readonly text: string;
}
const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
  ([, language = "", file, text = ""]) => ({ language, file, text }),
);

test("what the README shows on a terminal is what happens, word for word", () => {
  using dir = temporaryDirectory();
  const here = (text: string) => text.replaceAll("/tmp/motd", join(dir.path, "motd"));
  const env = { PATH: `${dirname(BINARY)}:${process.env["PATH"]}`, SLOTH_RUNNER_DB: join(dir.path, "stacks.db") };
  let commands = 0;
  for (const { language, file, text } of blocks) {
    if (file !== undefined) writeFileSync(join(dir.path, file), here(text));
    if (language !== "console") continue;
    for (const session of here(text).split(/^\$ /m).slice(1)) {
      const [command = "", ...expected] = session.trimEnd().split("\n");
      const { stdout } = run(["sh", "-c", `{ ${command}\n} 2>&1`], { cwd: dir.path, env });
      expect({ command, said: timeless(stdout) }).toEqual({ command, said: timeless(expected.join("\n")) });
      commands += 1;
    }
  }
  expect(commands).toBeGreaterThan(4);
});

test("every workflow of the README passes the check", () => {
  using dir = temporaryDirectory();
  for (const { language, text } of blocks.filter((block) => block.language === "lua")) {
    writeFileSync(join(dir.path, `workflow.${language}`), text);
    expect(run([BINARY, "check", "workflow.lua"], { cwd: dir.path })).toMatchObject({ code: 0 });
  }
});

test("the npm scripts, files and options that the README names are there", () => {
  const scripts = [...readme.matchAll(/npm (?:run ([\w:]+)|(test))/g)].map(([, script, short]) => script ?? short);
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(scripts));
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
  for (const link of links) expect(`${link} ${run(["test", "-e", join(root, link)]).code}`).toBe(`${link} 0`);
  const help = run(["sh", join(root, "install.sh"), "--help"]).stdout;
  for (const option of ["--from", "--key", "--dry-run"]) expect(help).toContain(option);
});

function timeless(text: string): string {
  return text.trim().replaceAll(/\(\d+(\.\d)? m?s\)/g, "(T)");
}
