import { environmentIn } from "./shell.ts";
import type { Play } from "./sessions.ts";

export const COLUMNS = 96;

/** In a terminal, with its colours. */
export const inTerminal: Play = async (line, directory) => {
  const decoder = new TextDecoder();
  let text = "";
  await using terminal = new Bun.Terminal({
    cols: COLUMNS,
    rows: 50,
    data: (_self, data) => void (text += decoder.decode(data, { stream: true })),
  });
  const env = { ...environmentIn(directory), TERM: "xterm-256color" };
  const child = Bun.spawn(["sh", "-c", `${line}\nprintf '${END}'`], { terminal, cwd: directory, env });
  await child.exited;
  // What it wrote last may still be on its way.
  while (!text.includes(END)) await Bun.sleep(5);
  return text.replaceAll("\r\n", "\n").replaceAll(END, "");
};

const END = "\u0003end\u0003";
