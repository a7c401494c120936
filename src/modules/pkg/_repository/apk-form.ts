import { linesIn, textOfLines, type Form } from "./form.ts";

export const APK_SOURCES = "/etc/apk/repositories.d";

/** Lines of a file of repositories.d. */
export const apkForm: Form = {
  fields: ["uris", "enabled"],
  mistake: ({ uris }) => (uris === undefined ? "'uris' is missing" : undefined),
  path: (name) => `${APK_SOURCES}/${name}.list`,

  read(text) {
    const lines = linesIn(text).map((line) => LINE.exec(line));
    const found = lines.flatMap((match) => (match === null ? [] : [{ off: match[1] === "#", uri: match[2] ?? "" }]));
    if (found.length === 0) return null;
    return { facts: { uris: found.map(({ uri }) => uri), enabled: !found.every(({ off }) => off) } };
  },

  write(text, name, given) {
    const { uris = [], enabled = true } = { ...apkForm.read(text, name)?.facts, ...given };
    const kept = linesIn(text).filter((line) => !LINE.test(line));
    const lines = Array.isArray(uris)
      ? uris.map((uri) => `${enabled === true ? "" : "#"}${String(uri as string)}`)
      : [];
    return textOfLines([...kept, ...lines]);
  },

  remove: () => "",
  all: () => [],
};

const LINE = /^\s*(#?)\s*((?:@\S+\s+)?(?:[a-z][a-z0-9+.-]*:\/\/|\/)\S+)\s*$/;
