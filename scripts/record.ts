import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rewritten } from "./docs/sessions.ts";
import { inShell } from "./docs/shell.ts";
import { stepPictures } from "./docs/steps.ts";
import { inTerminal } from "./docs/terminal.ts";

/** Pages whose sessions are what really happens, word for word. */
export const PLAYED = ["README.md", "docs/tutorial.md", "docs/guide.md"] as const;

const root = resolve(import.meta.dir, "..");

/** Writes into the pages what the built program says, and draws the tutorial's sessions: `npm run record`. */
if (import.meta.main) {
  for (const page of PLAYED) {
    const path = join(root, page);
    writeFileSync(path, await rewritten(readFileSync(path, "utf8"), inShell));
  }
  const pictures = join(root, "docs/sessions");
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures);
  for (const [name, svg] of await stepPictures(readFileSync(join(root, "docs/tutorial.md"), "utf8"), inTerminal))
    writeFileSync(join(pictures, name), svg);
}
