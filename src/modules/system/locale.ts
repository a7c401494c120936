import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { defineResource, predictMerged, type Diff, type Facts } from "../../engine/resource.ts";
import { object, oneOf, oneOrMany, optional, textLike, withDefault, type Props } from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { missing } from "../_files/file.ts";
import { langOf, listLocales, writeLang } from "./_locale-files.ts";

const localeName = (summary: string) =>
  textLike(summary, /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9-]+)?(?:@[A-Za-z0-9]+)?$/, "the name of a locale");

const schema = object(
  {
    name: optional(
      localeName("The system's locale, such as `de_DE.UTF-8`: LANG of new logins. It is made where that is needed."),
    ),
    generate: optional(
      oneOrMany("Locales that are made, where the system makes them: Debian, Ubuntu, Arch.", localeName("")),
    ),
    state: withDefault(oneOf("`absent`: those of `generate` are not made.", "present", "absent"), "present"),
  },
  ({ name, generate, state }) => {
    if (name === undefined && generate === undefined) return "takes 'name' or 'generate'";
    return state === "absent" && name !== undefined ? "'name' cannot go with state = \"absent\"" : undefined;
  },
);

type Asked = Props<typeof schema>;
type LocaleFacts = Facts & {
  readonly lang?: string | undefined;
  /** Its line in /etc/locale.gen counts. */
  readonly listed?: boolean | undefined;
  readonly generated?: boolean | undefined;
};
type Want = { readonly locale: string; readonly isDefault: boolean; readonly present: boolean };

/** Keeps locales made, and one of them the system's. */
export const locale = defineResource<Asked, Want, LocaleFacts>({
  name: "system.locale",
  kind: "locale",
  version: 1,
  summary: "Keeps the system's locale, and which locales are made.",
  example: `
    system.locale{ name = "en_GB.UTF-8" }
    system.locale{ generate = { "de_DE.UTF-8", "pt_PT.UTF-8" } }
  `,
  schema,
  expand: ({ name, generate = [], state }) => [
    ...generate.map((one) => ({ generate: [one], state })),
    ...(name === undefined ? [] : [{ name, state }]),
  ],
  identity: ({ name, generate = [] }) => (name === undefined ? `generated: ${generate.join(" ")}` : "locale"),
  want: ({ name, generate = [], state }) => ({
    locale: name ?? generate.join(" "),
    isDefault: name !== undefined,
    present: state === "present",
  }),

  async read(want, target) {
    const made = makesLocales(target) ? await madeFacts(want.locale, target) : {};
    return { ...made, ...(want.isDefault && { lang: langOf(target) }) };
  },

  desired({ locale, isDefault, present }, actual, target) {
    const isBuiltIn = /^(?:C|POSIX)(?:\.UTF-?8)?$/i.test(locale);
    if (!makesLocales(target) && !isDefault)
      throw new SlothError("E_FIELD", "'generate' is not for this machine, which has locales as packages", {
        hint: "install the package of the language, such as glibc-langpack-de",
      });
    const asked = !makesLocales(target) || isBuiltIn ? {} : { listed: present, generated: present };
    if (present && actual?.listed !== true && asked.listed === true) requireKnown(locale, target);
    return isDefault ? { ...asked, lang: locale } : asked;
  },

  apply: (want, diff, target) => applyLocales([{ want, diff }], target),
  applyAll: applyLocales,
  predict: predictMerged,
  refuse: (target) => requireRoot(target, "system files"),
  locks: () => ["locales"],

  undo: {
    restate(address, facts) {
      const locale = address.replace(/^generated: /, "");
      const isDefault = address === "locale";
      const values = facts === null ? {} : plainFacts(facts);
      return {
        want: { locale: isDefault ? (facts?.lang ?? "C") : locale, isDefault, present: facts?.listed === true },
        stated: isDefault ? plainFacts({ lang: facts?.lang }) : values,
      };
    },
  },
});

const LOCALE_GEN = "/etc/locale.gen";
const SUPPORTED = ["/usr/share/i18n/SUPPORTED", "/usr/local/share/i18n/SUPPORTED"];

function makesLocales(target: ReadSystem): boolean {
  return target.which("locale-gen") !== null || target.stat(LOCALE_GEN) !== null;
}

async function madeFacts(locale: string, target: ReadSystem): Promise<LocaleFacts> {
  const listed = lines(target).some((line) => entryOf(line)?.name === locale && !isOff(line));
  const made = await target.cached("locale -a", () => listLocales(target));
  return { listed, generated: made.has(folded(locale)) };
}

/** As `locale -a` has it: `de_DE.utf8`. */
function folded(locale: string): string {
  const [, name = "", charset, variant = ""] = /^([^.@]+)(?:\.([^@]+))?(@.*)?$/.exec(locale) ?? [];
  const set = charset === undefined ? "" : `.${charset.toLowerCase().replaceAll("-", "")}`;
  return `${name}${set}${variant}`;
}

function lines(target: ReadSystem): readonly string[] {
  return target.stat(LOCALE_GEN)?.type === "file" ? utf8Text(target.readFile(LOCALE_GEN)).split("\n") : [];
}

/** `de_DE.UTF-8 UTF-8`, also as a comment. */
function entryOf(line: string): { readonly name: string; readonly charset: string } | undefined {
  const [, name, charset] = /^\s*#?\s*([A-Za-z][\w.@-]*)\s+([A-Z][\w-]*)\s*$/.exec(line) ?? [];
  return name === undefined || charset === undefined ? undefined : { name, charset };
}

function isOff(line: string): boolean {
  return line.trimStart().startsWith("#");
}

function requireKnown(locale: string, target: ReadSystem): void {
  if (target.which("locale-gen") === null)
    throw missing(target, "there is no locale-gen on this machine", "install the package locales");
  if (charsetOf(locale, target) !== undefined) return;
  throw missing(target, `there is no locale ${locale} on this machine`, `${SUPPORTED[0]} lists those there are`);
}

function charsetOf(locale: string, target: ReadSystem): string | undefined {
  const supported = SUPPORTED.filter((path) => target.stat(path)?.type === "file").flatMap((path) =>
    utf8Text(target.readFile(path)).split("\n"),
  );
  return [...lines(target), ...supported].map(entryOf).find((entry) => entry?.name === locale)?.charset;
}

/** All lines first, then all that are listed are made at once. */
async function applyLocales(
  items: readonly { readonly want: Want; readonly diff: Diff<LocaleFacts> }[],
  target: System,
): Promise<void> {
  requireRoot(target, "system files");
  const made = items.filter(({ diff }) => diff.changes.some(({ property }) => property !== "lang"));
  if (made.length > 0) {
    const wanted = new Map(made.map(({ want, diff }) => [want.locale, diff.desired?.listed === true]));
    const text = withListed(lines(target), wanted, target);
    if (text !== lines(target).join("\n")) await target.writeFile(LOCALE_GEN, Buffer.from(text), {});
    const argv: Argv = ["locale-gen"];
    mustSucceed(argv, await target.run(argv, { env: { LC_ALL: "C" } }));
  }
  for (const { diff } of items) {
    const { lang } = diff.desired ?? {};
    if (lang !== undefined && diff.changes.some(({ property }) => property === "lang")) await writeLang(lang, target);
  }
}

function withListed(all: readonly string[], wanted: ReadonlyMap<string, boolean>, target: ReadSystem): string {
  const left = new Map([...wanted].filter(([, isOn]) => isOn));
  const changed = all.map((line) => {
    const entry = entryOf(line);
    const isOn = entry && wanted.get(entry.name);
    if (entry === undefined || isOn === undefined) return line;
    left.delete(entry.name);
    return isOn ? `${entry.name} ${entry.charset}` : isOff(line) ? line : `# ${line}`;
  });
  const added = [...left.keys()].map((name) => `${name} ${charsetOf(name, target)}\n`).join("");
  const text = changed.join("\n");
  return added === "" ? text : `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${added}`;
}
