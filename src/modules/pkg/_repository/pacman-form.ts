import { isObject } from "../../../base/value.ts";
import { optionText } from "./apt-form.ts";
import { withEntry, wordsIn } from "./block.ts";
import { linesIn, textOfLines, type Form } from "./form.ts";
import { sectionOf, withSection, withoutSection } from "./section-form.ts";

export const PACMAN_CONF = "/etc/pacman.conf";

/** A section of pacman.conf; its keys are in a keyring of pacman's own. */
export const pacmanForm: Form = {
  fields: ["uris", "options"],
  mistake: ({ uris }) => (uris === undefined ? "'uris' is missing" : undefined),
  path: () => PACMAN_CONF,

  read(text, name) {
    const section = sectionOf(linesIn(text), name);
    if (section === undefined) return null;
    const others = section.entries.filter(({ key }) => key !== "Server");
    const options = Object.fromEntries(others.map(({ key, value }) => [key, value]));
    return { facts: { uris: wordsIn(section, "Server") ?? [], options } };
  },

  write(text, name, { uris, options }) {
    let lines = withSection(linesIn(text), name);
    const put = (key: string, values: readonly string[]): void => {
      const section = sectionOf(lines, name);
      const written = values.map((value) => `${key} = ${value}`);
      if (section !== undefined) lines = withEntry(lines, section, key, written);
    };
    if (isObject(options)) for (const [key, value] of Object.entries(options)) put(key, [optionText(value)]);
    if (Array.isArray(uris)) put("Server", uris.map(String));
    return textOfLines(lines);
  },

  remove: (text, name) => textOfLines(withoutSection(linesIn(text), name)),
  all: () => [],
};
