import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { blocksOf, commandsOf, timeless, type Command } from "./blocks.ts";

/** What a page calls the directory that it is tried in: as long as the real one, so that columns stay as wide. */
const PLACE = "/tmp/tutorial";
const REAL = "/tmp/t-"; // and six more characters

export interface Played extends Command {
  /** What it really said. */
  readonly real: string;
}

/** How a command line is run; answers all that it said. */
export type Play = (line: string, directory: string) => string | Promise<string>;

/** Does what a page says, in order, in a directory of its own: writes its files, runs the commands of its sessions. */
export async function playPage(markdown: string, play: Play): Promise<readonly (readonly Played[])[]> {
  const directory = mkdtempSync(REAL);
  const here = (text: string): string => text.replaceAll(PLACE, directory).replaceAll("/tmp/motd", `${directory}/motd`);
  const back = (text: string): string => text.replaceAll(`${directory}/motd`, "/tmp/motd").replaceAll(directory, PLACE);
  const sessions: Played[][] = [];
  try {
    chmodSync(directory, 0o755);
    for (const { language, file, text } of blocksOf(markdown)) {
      if (file !== undefined) write(join(directory, file), here(text));
      if (language !== "console") continue;
      const played: Played[] = [];
      for (const command of commandsOf(text))
        played.push({ ...command, real: back(await play(here(command.line), directory)) });
      sessions.push(played);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return sessions;
}

/** The page with what its commands really say; what differs by time alone stays. */
export async function rewritten(markdown: string, play: Play): Promise<string> {
  const sessions = await playPage(markdown, play);
  const blocks = blocksOf(markdown).filter(({ language }) => language === "console");
  return blocks.reduceRight((page, { from, text }, at) => {
    const session = (sessions[at] ?? []).map(shown).join("\n");
    return page.slice(0, from) + session + page.slice(from + text.length);
  }, markdown);
}

function shown({ line, said, real }: Played): string {
  const text = (timeless(said) === timeless(real) ? said : settled(real)).trim();
  return `$ ${line}\n${text === "" ? "" : `${text}\n`}`;
}

/** So that a page shows one machine's times. */
function settled(text: string): string {
  return text.replaceAll(/\(\d+(\.\d+)? (ms|s)\)/g, "(52 ms)");
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
