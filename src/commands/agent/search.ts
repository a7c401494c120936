import { searchTexts, type Search } from "../../base/search.ts";
import { command } from "../../cli/command.ts";
import { ScriptError } from "../../base/errors.ts";

export default command({
  summary: "Look for a pattern in texts; started where that may take long, to be ended.",
  example: "sloth-runner agent search",
  hidden: true,
  args: {},

  async run(_values, { stdin, stdout }) {
    const { search, texts } = asked(Buffer.from(await stdin()).toString("utf8"));
    stdout.write(JSON.stringify(searchTexts(search, texts)));
  },
});

function asked(text: string): { readonly search: Search; readonly texts: readonly string[] } {
  const value: unknown = JSON.parse(text === "" ? "null" : text);
  const fields = typeof value === "object" && value !== null ? new Map(Object.entries(value)) : new Map();
  const [search, texts]: unknown[] = [fields.get("search"), fields.get("texts")];
  if (!isSearch(search) || !Array.isArray(texts))
    throw new ScriptError("E_SCRIPT", "standard input does not say what to look for, and in what");
  return { search, texts: texts.map(String) };
}

function isSearch(value: unknown): value is Search {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const kinds = ["source", "flags", "all"].map((name) => typeof fields.get(name));
  return kinds.join() === "string,string,boolean";
}
