import { blocksOf } from "./blocks.ts";
import { playPage, type Play } from "./sessions.ts";
import { terminalSvg } from "./svg.ts";

/** Sessions of the tutorial, by the heading they stand under: file name and picture. */
export async function stepPictures(tutorial: string, play: Play): Promise<ReadonlyMap<string, string>> {
  const sessions = await playPage(tutorial, play);
  const blocks = blocksOf(tutorial).filter(({ language }) => language === "console");
  const steps = new Map<string, { readonly title: string; readonly text: string }>();
  for (const [at, { from }] of blocks.entries()) {
    const title = /.*^## (.+?)$/ms.exec(tutorial.slice(0, from))?.[1] ?? "";
    const text = (sessions[at] ?? []).map(({ line, real }) => `\x1b[1m$ ${line}\x1b[0m\n${settled(real)}`).join("");
    steps.set(title, { title, text: (steps.get(title)?.text ?? "") + text });
  }
  return new Map(
    [...steps.values()].map(({ title, text }) => [`${title.split(".")[0]}.svg`, terminalSvg(title, text)]),
  );
}

/** So that a picture is the same whenever it is made. */
function settled(real: string): string {
  const stamped = real.replaceAll(/\(\d+(\.\d+)? (ms|s)\)/g, "(52 ms)");
  const still = stamped.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "2026-01-31 12:00:00");
  return still === "" || still.endsWith("\n") ? still : `${still}\n`;
}
