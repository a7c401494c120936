import { toBytes, toText } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { defineResource, type Source } from "../../engine/resource.ts";
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
import type { ReadSystem } from "../../system/system.ts";
import { blockIn, withBlock, withoutBlock } from "./_block.ts";
import { desiredFile, edited, ownershipFacts, readText, writeText, type Edited } from "../_files/edit.ts";
import { ownershipFields, validateArgv, validateMistake, writeFields } from "../_files/fields.ts";
import { isChanged, stated } from "../_files/file.ts";
import { regexpMistake } from "../../base/regexp.ts";
import { searching } from "../_kit/patterns.ts";
import { revealText } from "../_files/text.ts";

const schema = object(
  {
    path: absolutePath("The file; links are followed."),
    block: optional(contents('The lines between the markers; an empty block is the same as `state = "absent"`.')),
    marker: withDefault(
      text("The marker lines; `{mark}` stands for `marker_begin` and `marker_end`."),
      "# {mark} ANSIBLE MANAGED BLOCK",
    ),
    marker_begin: withDefault(text("`{mark}` of the line above the block."), "BEGIN"),
    marker_end: withDefault(text("`{mark}` of the line below the block."), "END"),
    state: withDefault(oneOf("Whether the block is there.", "present", "absent"), "present"),
    insertafter: optional(
      text('Regular expression: a new block goes after the last line it finds; "EOF", or nothing found: to the end.'),
    ),
    insertbefore: optional(text('As `insertafter`, before that line; "BOF": to the beginning.')),
    append_newline: withDefault(flag("Keep an empty line below the block."), false),
    prepend_newline: withDefault(flag("Keep an empty line above the block."), false),
    create: withDefault(flag("Make the file when it is missing."), false),
    ...ownershipFields,
    ...writeFields,
  },
  ({ marker, marker_begin, marker_end, insertafter, insertbefore, validate }) => {
    if (!marker.includes("{mark}")) return "'marker' must contain {mark}";
    if (/[\r\n]/.test(marker + marker_begin + marker_end)) return "'marker' must be one line";
    if (marker_begin === marker_end) return "'marker_begin' and 'marker_end' must differ";
    if (insertafter !== undefined && insertbefore !== undefined) return "takes either 'insertafter' or 'insertbefore'";
    return (
      regexpMistake("insertafter", insertafter) ??
      regexpMistake("insertbefore", insertbefore) ??
      validateMistake(validate)
    );
  },
);

type Asked = Props<typeof schema>;
type Want = Edited & {
  readonly begin: string;
  readonly end: string;
  /** Neither: the block is absent. */
  readonly block?: string;
  readonly secretBlock?: Digest;
  readonly insertafter?: string;
  readonly insertbefore?: string;
  readonly append_newline?: true;
  readonly prepend_newline?: true;
};
type BlockFacts = {
  /** What stands between the markers; a keyed digest of a block that is secret. */
  readonly block?: string | undefined;
  /** false: an empty line that is asked for above or below is missing. */
  readonly spaced?: boolean | undefined;
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
};

/** Keeps lines between two marker lines in a text file. All other bytes stay as they are. */
export const blockinfile = defineResource<Asked, Want, BlockFacts>({
  ...edited,
  name: "file_ops.blockinfile",
  kind: "block",
  summary: "Keeps a block of lines between markers in a file, or keeps it out.",
  example: `
    file_ops.blockinfile{
        path = "/etc/hosts",
        marker = "# {mark} the office",
        block = "10.0.0.1 printer\\n10.0.0.2 scanner",
    }
  `,
  schema,
  identity: (props) => `${props.path}: ${props.marker.replaceAll("{mark}", props.marker_begin)}`,
  want: wanted,

  read(want, target) {
    const text = readText(want, target);
    const block = text === null ? null : blockIn(text, want);
    if (text === null || block === null) return null;
    return searching(target, want.path, (patterns) => {
      const spaced = isAbsent(want) || withBlock(text, block, want, patterns) === text ? undefined : false;
      return { block: shown(block, want, target), spaced, ...ownershipFacts(want, target) };
    });
  },

  desired(want, actual, target) {
    if (isAbsent(want)) return null;
    const ownership = desiredFile(want, target);
    const block = want.block ?? want.secretBlock;
    return { block, spaced: actual?.spaced === false ? true : undefined, ...ownership };
  },

  async apply(want, diff, target, inputs) {
    const before = readText(want, target);
    const text = before ?? "";
    const secret = want.secretBlock === undefined ? undefined : toText(await inputs.read(want.secretBlock));
    const block = secret ?? diff.desired?.block ?? "";
    const after = await searching(target, want.path, (patterns) => {
      if (isAbsent(want)) return withoutBlock(text, want, patterns);
      return isChanged(diff, "block", "spaced") ? withBlock(text, block, want, patterns) : text;
    });
    await writeText(want, before, after, diff, target);
  },

  undo: {
    async remove(want, _actual, target) {
      const before = readText(want, target);
      if (before === null || blockIn(before, want) === null) return;
      const nothing = { action: "delete", changes: [], actual: null, desired: null } as const;
      const after = await searching(target, want.path, (patterns) => withoutBlock(before, want, patterns));
      await writeText(want, before, after, nothing, target);
    },
  },
});

function isAbsent({ block, secretBlock }: Want): boolean {
  return block === undefined && secretBlock === undefined;
}

function wanted(props: Asked, source: Source): Want {
  const { path, marker, mode, owner, group, insertafter, insertbefore } = props;
  const given = props.state === "absent" || props.block === undefined ? "" : revealText(props.block);
  const block = given === "" || given.endsWith("\n") ? given : `${given}\n`;
  const secret = block !== "" && (source.sensitive || props.block instanceof Secret);
  return stated({
    path,
    begin: marker.replaceAll("{mark}", props.marker_begin),
    end: marker.replaceAll("{mark}", props.marker_end),
    block: block === "" || secret ? undefined : block,
    secretBlock: secret ? source.hold(toBytes(block)) : undefined,
    insertafter,
    insertbefore,
    append_newline: props.append_newline ? true : undefined,
    prepend_newline: props.prepend_newline ? true : undefined,
    create: props.create ? true : undefined,
    mode,
    owner,
    group,
    backup: props.backup ? true : undefined,
    validate: validateArgv(props.validate),
  });
}

function shown(block: string, { secretBlock }: Want, target: ReadSystem): string {
  return secretBlock === undefined ? block : target.digestOf(toBytes(block), secretBlock);
}
