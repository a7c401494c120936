import { toBytes, toText } from "../../base/byte-text.ts";
import { digestOf, isKeyed } from "../../base/digest.ts";
import { defineResource, type Diff, type Source } from "../../engine/resource.ts";
import {
  absolutePath,
  contents,
  flag,
  object,
  oneOf,
  optional,
  text,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { desiredFile, edited, ownershipFacts, readText, writeText, type Edited } from "../_files/edit.ts";
import { ownershipFields, validateArgv, validateMistake, writeFields } from "../_files/fields.ts";
import { stated } from "../_files/file.ts";
import { exactly, finder, firstIndex, heightAt, placeOf, withLine, type LineRule, type Place } from "./_lines.ts";
import { expandReplacement, regexpMistake } from "../../base/regexp.ts";
import { Lines } from "../_files/lines.ts";
import { searching, type Patterns } from "../_kit/patterns.ts";
import { revealText } from "../_files/text.ts";

const schema = object(
  {
    path: absolutePath("The file; links are followed."),
    line: optional(contents("The line, without its end.")),
    regexp: optional(text('The last line it finds is replaced (all it finds are removed, with `state = "absent"`).')),
    search_string: optional(text("As `regexp`, found literally.")),
    state: withDefault(oneOf("Whether the line is there.", "present", "absent"), "present"),
    backrefs: withDefault(
      flag("`\\1` and `\\g<name>` in `line` name groups of `regexp`; without a match nothing is done."),
      false,
    ),
    insertafter: optional(
      text(
        'Regular expression: a new line goes after the last line it finds; "EOF": to the end; "BOF": to the beginning.',
      ),
    ),
    insertbefore: optional(text('As `insertafter`, before that line; "BOF": to the beginning.')),
    firstmatch: withDefault(flag("The first line found counts, not the last."), false),
    create: withDefault(flag("Make the file when it is missing."), false),
    ...ownershipFields,
    ...writeFields,
  },
  ruleOf,
);

type Asked = Props<typeof schema>;
/** `key`: what stands for the line in the address when it is secret. */
type Line = Asked & { readonly key?: string | undefined };
type Want = Edited & LineRule & { readonly state: "present" | "absent" };
type LineFacts = {
  /** The line that stands in its place; a keyed digest of one that is secret. */
  readonly line?: string | undefined;
  /** false: it is the last one and does not end with a newline. */
  readonly newline?: boolean | undefined;
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
};

/** Keeps one line in a text file, or keeps lines out of it. All other bytes stay as they are. */
export const lineinfile = defineResource<Line, Want, LineFacts>({
  ...edited,
  name: "file_ops.lineinfile",
  kind: "line",
  summary: "Keeps a line in a file, or keeps lines out of it.",
  example: `
    -- The last line that matches is replaced; where none does, the line goes to the end.
    file_ops.lineinfile{
        path = "/etc/ssh/sshd_config",
        regexp = "^#?PermitRootLogin",
        line = "PermitRootLogin prohibit-password",
        validate = "/usr/sbin/sshd -t -f %s",
    }
  `,
  schema,
  expand: (props, source) => [
    isSecret(props, source) ? { ...props, key: source.hold(props.line ?? "").slice(0, 18) } : props,
  ],
  identity: (props) => `${props.path}: ${props.regexp ?? props.search_string ?? props.key ?? shortened(props)}`,
  want: wanted,

  read(want, target) {
    const before = readText(want, target);
    if (before === null) return null;
    const lines = new Lines(before);
    return searching(target, want.path, (patterns) => {
      if (want.state === "absent") return firstUnwanted(lines, want, target, patterns);
      const place = placeOf(lines, want, target, patterns);
      if (place === null) return ownershipFacts(want, target);
      if (!place.replace) return null;
      const standing = lines.slice(place.at, place.at + heightAt(lines, want, place, target));
      const newline = standing.endsWith("\n") ? undefined : false;
      return { line: shown(standing.replace(/\n$/, ""), want, target), newline, ...ownershipFacts(want, target) };
    });
  },

  desired(want, actual, target) {
    if (want.state === "absent") return null;
    const ownership = desiredFile(want, target);
    return searching(target, want.path, (patterns) => {
      const line = lineFor(want, target, patterns);
      if (line === undefined) return ownership;
      return { line, newline: actual?.newline === false ? true : undefined, ...ownership };
    });
  },

  async apply(want, diff, target, inputs) {
    const before = readText(want, target);
    const lines = new Lines(before ?? "");
    const secret = want.secretLine === undefined ? undefined : toText(await inputs.read(want.secretLine));
    const after = await searching(target, want.path, (patterns) =>
      want.state === "absent"
        ? without(lines, want, target, patterns)
        : withWanted(lines, want, { diff, secret }, target, patterns),
    );
    await writeText(want, before, after, diff, target);
  },

  undo: {
    async remove(want, _actual, target) {
      const before = readText(want, target);
      if (before === null) return;
      const isLine = exactly(want, target);
      const lines = new Lines(before);
      const at = firstIndex(lines, (index) => isLine(lines, index));
      if (at === -1) return;
      const after = lines.slice(0, at) + lines.slice(at + want.height);
      await writeText(want, before, after, { action: "delete", changes: [], actual: null, desired: null }, target);
    },
  },
});

function ruleOf(
  props: {
    readonly [
      K in "line" | "regexp" | "search_string" | "insertafter" | "insertbefore" | "mode" | "owner" | "group"
    ]?: unknown;
  } & {
    readonly state: string;
    readonly backrefs: boolean;
    readonly validate?: string | readonly string[] | undefined;
  },
): string | undefined {
  const { line, regexp, search_string, insertafter, insertbefore, state } = props;
  const has = (value: unknown): boolean => value !== undefined;
  if (has(insertafter) && has(insertbefore)) return "takes either 'insertafter' or 'insertbefore'";
  if (has(regexp) && has(search_string)) return "takes either 'regexp' or 'search_string'";
  if (state === "present" && !has(line)) return "'line' is missing";
  if (!has(line) && !has(regexp) && !has(search_string)) return "needs 'line', 'regexp' or 'search_string'";
  if (props.backrefs && !has(regexp)) return "'backrefs' needs 'regexp'";
  if (regexp === "" || search_string === "")
    return "an empty 'regexp' or 'search_string' would find every line; write '^' for that";
  if (state === "absent" && [props.mode, props.owner, props.group].some(has))
    return "'mode', 'owner' and 'group' go with 'state = \"present\"'; see file_ops.attributes";
  for (const [field, pattern] of Object.entries({ regexp, insertafter, insertbefore })) {
    const mistake = typeof pattern === "string" ? regexpMistake(field, pattern) : undefined;
    if (mistake !== undefined) return mistake;
  }
  return validateMistake(props.validate);
}

function isSecret(props: Asked, source: Source): boolean {
  return props.line !== undefined && (source.sensitive || props.line instanceof Secret);
}

/** The line as it stands in an address: whole when it is short, else its beginning and a digest. */
function shortened({ line = "" }: Asked): string {
  const whole = revealText(line instanceof Secret ? "" : line);
  if (whole.length <= 100 && !whole.includes("\n")) return whole;
  return `${whole.slice(0, 40).replaceAll("\n", " ")}… ${digestOf(toBytes(whole)).slice(7, 19)}`;
}

function wanted(props: Line, source: Source): Want | Promise<Want> {
  return searching(source, props.path, (patterns) => wantedBy(props, source, patterns));
}

function wantedBy(props: Line, source: Source, patterns: Patterns): Want {
  const { path, mode, owner, group, regexp, search_string, insertafter, insertbefore, state } = props;
  const line = props.line === undefined ? undefined : revealText(props.line).replace(/\r?\n$/, "");
  const secret = line !== undefined && isSecret(props, source);
  if (secret && props.backrefs) throw new SlothError("E_FIELD", "'backrefs' cannot be used with a secret line");
  const height = (line ?? "").split("\n").length;
  const itself =
    line !== undefined &&
    height === 1 &&
    finder({ ...(regexp && { regexp }), ...(search_string && { search_string }) }, [`${line}\n`], patterns);
  return stated({
    path,
    state,
    line: secret ? undefined : line,
    secretLine: secret ? source.hold(toBytes(line)) : undefined,
    height,
    regexp,
    search_string,
    insertafter,
    insertbefore,
    backrefs: props.backrefs ? true : undefined,
    firstmatch: props.firstmatch ? true : undefined,
    findsItself: itself && itself(`${line}\n`) ? true : undefined,
    create: props.create ? true : undefined,
    mode,
    owner,
    group,
    backup: props.backup ? true : undefined,
    validate: validateArgv(props.validate),
  });
}

/** Lines to be kept out: all that the regexp or search_string finds, else those that are the line. */
function unwanted(lines: Lines, want: Want, target: ReadSystem, patterns: Patterns): (index: number) => number {
  const found = finder(want, lines, patterns);
  if (found !== undefined) return (index) => (found(lines.at(index)) ? 1 : 0);
  const isLine = exactly(want, target);
  return (index) => (isLine(lines, index) ? want.height : 0);
}

function firstUnwanted(lines: Lines, want: Want, target: ReadSystem, patterns: Patterns): LineFacts | null {
  const heightOf = unwanted(lines, want, target, patterns);
  const at = firstIndex(lines, (index) => heightOf(index) > 0);
  if (at === -1) return null;
  return { line: shown(lines.slice(at, at + heightOf(at)).replace(/\n$/, ""), want, target) };
}

function without(lines: Lines, want: Want, target: ReadSystem, patterns: Patterns): string {
  const heightOf = unwanted(lines, want, target, patterns);
  const kept: string[] = [];
  let from = 0;
  for (let index = 0; index < lines.length;) {
    const height = heightOf(index);
    if (height > 0) kept.push(lines.slice(from, index));
    index += Math.max(1, height);
    if (height > 0) from = index;
  }
  return kept.join("") + lines.slice(from);
}

/** The line that the rule makes of the file as it is; undefined when back references have nothing to refer to. */
function lineFor(want: Want, target: ReadSystem, patterns: Patterns): string | undefined {
  if (want.backrefs === undefined) return want.line ?? want.secretLine;
  const place = placeOf(new Lines(readText(want, target) ?? ""), want, target, patterns);
  return place?.match === undefined ? undefined : expandReplacement(want.line ?? "", place.match).replace(/\n$/, "");
}

function withWanted(
  lines: Lines,
  want: Want,
  { diff, secret }: { readonly diff: Diff<LineFacts>; readonly secret: string | undefined },
  target: System,
  patterns: Patterns,
): string {
  if (!diff.changes.some(({ property }) => property === "line" || property === "newline")) return lines.text;
  const place: Place | null = placeOf(lines, want, target, patterns);
  if (place === null) return lines.text;
  return withLine(lines, place, heightAt(lines, want, place, target), secret ?? diff.desired?.line ?? "");
}

/** A line as facts show it: of a rule with a secret only its keyed digest. */
function shown(line: string, { secretLine }: Want, target: ReadSystem): string {
  return secretLine !== undefined && isKeyed(secretLine) ? target.digestOf(toBytes(line), secretLine) : line;
}
