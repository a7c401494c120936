import { join, relative, resolve } from "node:path";
import { writeNewFile } from "../system/new-file.ts";
import { allModules } from "./modules.ts";
import { stubFiles } from "./stubs.ts";

const TYPES_DIRECTORY = ".sloth-runner/types";
const SETTINGS = ".luarc.json";

/** What an editor was given. */
interface EditorFiles {
  readonly directory: string;
  readonly count: number;
  /** What became of the settings of lua-language-server, in the user's words. */
  readonly settings: string;
}

/** Writes definitions for lua-language-server, and settings that name them where there are none. */
export async function writeEditorFiles(root: string, directory = TYPES_DIRECTORY): Promise<EditorFiles> {
  const target = resolve(root, directory);
  const files = [...stubFiles(allModules())];
  for (const [name, text] of files) await writeNewFile(join(target, name), text, { replaces: true });
  return { directory: target, count: files.length, settings: await settle(root, relative(root, target)) };
}

async function settle(root: string, library: string): Promise<string> {
  const entry = `"workspace.library": [${JSON.stringify(library)}]`;
  if (library.startsWith("..")) return `name them in the workspace's ${SETTINGS}: {${entry}}`;
  if (await writeNewFile(join(root, SETTINGS), settingsText(library)))
    return `wrote ${SETTINGS}, by which lua-language-server finds them`;
  const file = Bun.file(join(root, SETTINGS));
  if ((await file.text()).includes(JSON.stringify(library))) return `${SETTINGS} names them already`;
  return `${SETTINGS} is yours and was left alone; add to it: ${entry}`;
}

function settingsText(library: string): string {
  const settings = { "runtime.version": "Lua 5.4", "workspace.library": [library], "workspace.checkThirdParty": false };
  return `${JSON.stringify(settings, null, 2)}\n`;
}
