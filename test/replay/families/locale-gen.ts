import { utf8Text } from "../../../src/base/byte-text.ts";
import { call, type Family } from "../family.ts";

/** community.general's locale_gen, of Debian. */
export const localeGen: Family = {
  name: "locale_gen",
  call: ({ args }) => call("system.locale", { generate: args["name"], state: args["state"] }),
  programs: (_step, kept) => ({
    locale: () => kept.get(KEY) ?? "",
    "locale-gen": (_options, system) => {
      const lines = utf8Text(system.readFile("/etc/locale.gen")).matchAll(/^([A-Za-z]\S*) (\S+)$/gm);
      const made = Array.from(lines, ([, name = "", charset = ""]) => namesOf(name, charset)).flat();
      kept.set(KEY, `${[...new Set(["C", "C.utf8", "POSIX", ...made])].toSorted().join("\n")}\n`);
      return "";
    },
  }),
  meant: { "locale_gen-24": "what there is not need not be taken away: theirs fails" },
  normal: (text, key) => (key === KEY ? text.split("\n").toSorted().join("\n") : text),
};

const KEY = "cmd:locales";

/** As `locale -a` has them: by the name, and by the name with its character set. */
function namesOf(name: string, charset: string): readonly string[] {
  const [, bare = "", , variant = ""] = /^([^.@]+)(\.[^@]+)?(@.*)?$/.exec(name) ?? [];
  const set = charset.toLowerCase().replaceAll("-", "");
  return name.includes(".") ? [`${bare}.${set}${variant}`] : [name, `${bare}.${set}${variant}`];
}
