import { toBytes, toText } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { joined, nameIn, parentOf } from "../../base/path.ts";
import type { FileFacts } from "../../engine/call/path-facts.ts";
import { defineResource, type Source } from "../../engine/resource.ts";
import {
  anything,
  contents,
  dictionary,
  flag,
  object,
  optional,
  path,
  sourceFile,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import type { ValueObject } from "../../base/value.ts";
import {
  fileMode,
  modeOrPreserve,
  ownershipFields,
  validateArgv,
  validateMistake,
  writeFields,
} from "../_files/fields.ts";
import { stated } from "../_files/file.ts";
import { placed, put, type Put } from "../_files/put.ts";
import { revealText } from "../_files/text.ts";
import { searchingAll } from "../_kit/patterns.ts";

const schema = object(
  {
    src: optional(sourceFile("Template on this machine, relative to the workflow file.")),
    content: optional(
      contents("The template itself, instead of `src`; what it includes lies beside the workflow file."),
    ),
    dest: path(
      "Absolute path; with a trailing slash, or when it is a directory, the file goes into it under the name of `src`.",
    ),
    vars: optional(dictionary("Variables of the template.", anything(""))),
    trim_blocks: withDefault(flag("The newline after a block belongs to the block."), true),
    lstrip_blocks: withDefault(flag("Blanks before a block that begins a line belong to the block."), false),
    ...ownershipFields,
    mode: modeOrPreserve,
    force: withDefault(flag("Replace what is there; `false` leaves alone whatever is there."), true),
    follow: withDefault(flag("Write to where a link at `dest` leads; else the link is replaced."), false),
    ...writeFields,
  },
  ({ src, content, dest, validate }) => {
    if ((src === undefined) === (content === undefined)) return "takes either 'src' or 'content'";
    if (!dest.startsWith("/")) return "'dest' must be an absolute path";
    if (content !== undefined && dest.endsWith("/")) return "'dest' must name a file when 'content' is given";
    return validateMistake(validate);
  },
);

type Template = Props<typeof schema> & { readonly parents?: boolean | undefined };

/** Keeps a file equal to what a Jinja template makes of variables. It is rendered here; the target gets the text. */
export const template = defineResource<Template, Put, FileFacts>({
  ...put,
  name: "file_ops.template",
  summary: "Writes a file from a Jinja template.",
  example: `
    file_ops.template{
        src = "templates/app.conf.j2",
        dest = "/etc/app/ports.conf",
        mode = "0644",
        vars = { name = "app", ports = { 8080, 8081 } },
    }
  `,
  schema,
  keepsFloats: true,
  expand: async (props, source, target) => [await placed(props, source, target)],
  identity: (props) => props.dest,

  async want(props, source) {
    const { owner, group } = props;
    return stated({
      path: props.dest,
      type: "file",
      content: source.hold(bytesOf(await rendered(props, source))),
      mode: fileMode(props, source),
      owner,
      group,
      parents: props.parents ? stated({ owner, group }) : undefined,
      keep: props.force ? undefined : true,
      follow: props.follow ? true : undefined,
      backup: props.backup ? true : undefined,
      validate: validateArgv(props.validate),
    });
  },
});

async function rendered(props: Template, source: Source): Promise<string> {
  const { renderTemplate } = await import("../../jinja/render.ts");
  const { src, trim_blocks: trimBlocks, lstrip_blocks: lstripBlocks } = props;
  const directory = src === undefined ? source.workflowDirectory : parentOf(src);
  const rendering = {
    source: src === undefined ? revealText(props.content ?? "") : toText(source.readFile(src)),
    name: src === undefined ? "content" : nameIn(src),
    vars: (props.vars as ValueObject | undefined) ?? {},
    load: (name: string) => beside(source, directory, name),
    trimBlocks,
    lstripBlocks,
  };
  return withYaml((readYaml) =>
    searchingAll(source, rendering.name, (patterns) => renderTemplate({ ...rendering, patterns, readYaml })),
  );
}

/** The parser is loaded for those who use it: then the work is begun anew. */
async function withYaml<T>(work: (readYaml: (text: string) => readonly unknown[]) => Promise<T>): Promise<T> {
  const missing = new Error("a parser is to be loaded");
  try {
    return await work(() => {
      throw missing;
    });
  } catch (thrown) {
    if (thrown !== missing) throw thrown;
    return await work((await import("../../jinja/yaml-reader.ts")).readYaml);
  }
}

/** Bytes of a template that are not UTF-8 go through as they are. */
function bytesOf(text: string): string | Uint8Array {
  return text.isWellFormed() ? text : toBytes(text);
}

/** What a template includes, extends or imports lies in its directory or below it, as with Jinja's own loader: `/x` is there too. */
function beside(source: Source, directory: string, name: string): string | undefined {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes(".."))
    throw new SlothError(
      "E_TEMPLATE",
      `'${name}' is not below the template's own directory, and only such can be included`,
    );
  const file = source.locate(joined(directory, parts.join("/")));
  return source.stat(file)?.type === "file" ? toText(source.readFile(file)) : undefined;
}
