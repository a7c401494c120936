import { toBytes, toText } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { defineResource, type Source } from "../../engine/resource.ts";
import { absolutePath, contents, object, optional, text, type Props } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { desiredFile, edited, ownershipFacts, readText, writeText, type Edited } from "../_files/edit.ts";
import { ownershipFields, validateArgv, validateMistake, writeFields } from "../_files/fields.ts";
import { isChanged, stated } from "../_files/file.ts";
import { compileRegexp, expandReplacement, regexpMistake } from "../../base/regexp.ts";
import type { Match } from "../../base/search.ts";
import { searching, type Patterns } from "../_kit/patterns.ts";
import { revealText } from "../_files/text.ts";

const schema = object(
  {
    path: absolutePath("The file; links are followed."),
    regexp: text("What is replaced, everywhere; `^` and `$` match at every line."),
    replacement: optional(contents("What it is replaced by; `\\1` and `\\g<name>` name groups. Nothing when absent.")),
    after: optional(text("Regular expression: only what comes after its first match is looked at.")),
    before: optional(text("Regular expression: only what comes before its match is looked at.")),
    ...ownershipFields,
    ...writeFields,
  },
  ({ regexp, after, before, validate }) =>
    regexpMistake("regexp", regexp) ??
    regexpMistake("after", after) ??
    regexpMistake("before", before) ??
    validateMistake(validate),
);

type Asked = Props<typeof schema>;
type Want = Edited & {
  readonly regexp: string;
  readonly replacement?: string;
  readonly secretReplacement?: Digest;
  readonly after?: string;
  readonly before?: string;
};
type ReplaceFacts = {
  /** How many matches are not what they are to be replaced by. */
  readonly unreplaced: number;
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
};

/** Keeps everything that a regular expression finds in a file replaced. */
export const replace = defineResource<Asked, Want, ReplaceFacts>({
  ...edited,
  name: "file_ops.replace",
  kind: "replace",
  summary: "Replaces all that a regular expression finds in a file.",
  example: `
    file_ops.replace{ path = "/etc/app/app.conf", regexp = "^level \\\\w+$", replacement = "level warn" }
  `,
  schema,

  identity({ path, regexp, after, before }) {
    const within = [after === undefined ? "" : ` after ${after}`, before === undefined ? "" : ` before ${before}`];
    return `${path}: ${regexp}${within.join("")}`;
  },

  want: wanted,

  read(want, target) {
    const text = readText(want, target);
    if (text === null) return null;
    return searching(target, want.path, (patterns) => ({
      unreplaced: unreplaced(text, want, target, patterns),
      ...ownershipFacts(want, target),
    }));
  },

  desired(want, _actual, target) {
    const ownership = desiredFile(want, target);
    return searching(target, want.path, (patterns) => {
      refuseEndless(want, target, patterns);
      return { unreplaced: 0, ...ownership };
    });
  },

  async apply(want, diff, target, inputs) {
    const before = readText(want, target) ?? "";
    const secret = want.secretReplacement === undefined ? undefined : toText(await inputs.read(want.secretReplacement));
    const by = (match: Match): string => secret ?? expandReplacement(want.replacement ?? "", match);
    const after = await searching(target, want.path, (patterns) =>
      isChanged(diff, "unreplaced") ? replaced(before, want, by, patterns) : before,
    );
    await writeText(want, before, after, diff, target);
  },

  undo: { restate: () => null }, // what was replaced is only in the file as a whole
});

function wanted(props: Asked, source: Source): Want {
  const { path, regexp, after, before, mode, owner, group } = props;
  const replacement = props.replacement === undefined ? "" : revealText(props.replacement);
  const secret = source.sensitive || props.replacement instanceof Secret;
  if (secret && replacement.includes("\\"))
    throw new SlothError("E_FIELD", "a secret 'replacement' cannot have a backslash: groups are not put into it");
  return stated({
    path,
    regexp,
    replacement: secret ? undefined : replacement,
    secretReplacement: secret ? source.hold(toBytes(replacement)) : undefined,
    after,
    before,
    mode,
    owner,
    group,
    backup: props.backup ? true : undefined,
    validate: validateArgv(props.validate),
  });
}

/** Where in the text is looked: between `after` and `before`; null when these are not found. */
function sectionOf(
  text: string,
  { after, before }: Want,
  patterns: Patterns,
): readonly [from: number, to: number] | null {
  if (after === undefined && before === undefined) return [0, text.length];
  const inside = before === undefined ? "(?P<subsection>.*)" : "(?P<subsection>.*?)";
  const flags = [leadingFlags(after), leadingFlags(before)].join("");
  const body = after === undefined ? `(?P<subsection>.*)${bare(before)}` : `${bare(after)}${inside}${bare(before)}`;
  const { source, flags: own } = compileRegexp(flags === "" ? body : `(?${flags})${body}`, { dotAll: true });
  return patterns.first(new RegExp(source, `${own}d`), text)?.indices?.groups?.["subsection"] ?? null;
}

/** `(?i)` of one holds for both: they are one pattern here, and flags stand at its beginning. */
function leadingFlags(pattern = ""): string {
  return LEADING.exec(pattern)?.[1] ?? "";
}

function bare(pattern = ""): string {
  return pattern.replace(LEADING, "");
}

const LEADING = /^\(\?([a-zA-Z]+)\)/;

function matchesOf(section: string, { regexp }: Want, patterns: Patterns): Iterable<Match> {
  return patterns.every(compileRegexp(regexp, { multiline: true }), section);
}

function unreplaced(text: string, want: Want, target: ReadSystem, patterns: Patterns): number {
  const section = sectionOf(text, want, patterns);
  if (section === null) return 0;
  const { secretReplacement: secret, replacement = "" } = want;
  let count = 0;
  for (const match of matchesOf(text.slice(...section), want, patterns)) {
    const whole = match[0] ?? "";
    const done =
      secret === undefined
        ? expandReplacement(replacement, match) === whole
        : target.digestOf(toBytes(whole), secret) === secret;
    if (!done) count++;
  }
  return count;
}

function replaced(text: string, want: Want, by: (match: Match) => string, patterns: Patterns): string {
  const section = sectionOf(text, want, patterns);
  if (section === null) return text;
  const [from, to] = section;
  let made = text.slice(0, from);
  let at = from;
  for (const match of matchesOf(text.slice(from, to), want, patterns)) {
    made += text.slice(at, from + match.index) + by(match);
    at = from + match.index + (match[0] ?? "").length;
  }
  return made + text.slice(at);
}

/** A replacement that is itself replaced would change the file in every run. */
function refuseEndless(want: Want, target: ReadSystem, patterns: Patterns): void {
  if (want.secretReplacement !== undefined) return;
  const by = (match: Match): string => expandReplacement(want.replacement ?? "", match);
  const once = replaced(readText(want, target) ?? "", want, by, patterns);
  if (unreplaced(once, want, target, patterns) === 0) return;
  throw new SlothError(
    "E_NOT_IDEMPOTENT",
    `'regexp' finds what 'replacement' writes: every run would change ${want.path}`,
    {
      hint: "make it pass over what is replaced already, for instance with (?!…)",
    },
  );
}
