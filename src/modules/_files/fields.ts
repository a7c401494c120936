import { octal } from "../../engine/call/path-facts.ts";
import { pathFrom } from "../../base/path.ts";
import type { Source } from "../../engine/resource.ts";
import { account, either, flag, list, mode, oneOf, optional, text, withDefault } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv } from "../../system/system.ts";
import { splitWords } from "./words.ts";

/** Fields that several verbs have. */
export const ownershipFields = {
  mode: optional(mode('Permissions, as "0644" or "u=rw,go=r"; left alone when absent.')),
  owner: optional(account("Owner, by name or number; left alone when absent.")),
  group: optional(account("Group, by name or number; left alone when absent.")),
};

/** `mode` of what is made from a file here. */
export const modeOrPreserve = optional(
  either(
    'Permissions, as "0644" or "u=rw,go=r"; "preserve": those of `src`; left alone when absent.',
    mode(""),
    oneOf("", "preserve"),
    'a string such as "0644", "u=rw,go=r" or "preserve"',
  ),
);

/** The mode asked for, or that of `src`. */
export function fileMode(
  { src, mode: asked }: { readonly src?: string | undefined; readonly mode?: string | undefined },
  source: Source,
): string | undefined {
  if (asked !== "preserve") return asked;
  if (src === undefined) throw new SlothError("E_FIELD", "'mode' can be \"preserve\" only with 'src'");
  const bits = source.stat(src)?.mode;
  return bits === undefined ? undefined : octal(bits);
}

export const writeFields = {
  backup: withDefault(flag("Keep a copy of the replaced file beside it."), false),
  validate: optional(
    either(
      "Command that checks the new file before it takes the old one's place; `%s` is its path. No shell is used.",
      list("", text("")),
      text(""),
      "a command line or a list of arguments",
    ),
  ),
};

type Validate = string | readonly string[] | undefined;

/** What is wrong with a `validate`, for a schema's rule. */
export function validateMistake(validate: Validate): string | undefined {
  if (validate === undefined) return undefined;
  const words = typeof validate === "string" ? splitWords(validate) : validate;
  if (words === undefined) return "'validate' has a quote that is not closed";
  if (words.length === 0) return "'validate' is empty";
  return words.some((word) => word.includes("%s"))
    ? undefined
    : "'validate' must contain %s, the path of the file to check";
}

export function validateArgv(validate: Validate): Argv | undefined {
  const [program, ...args] = (typeof validate === "string" ? splitWords(validate) : validate) ?? [];
  return program === undefined ? undefined : [program, ...args];
}

/** A path read on the controller: relative ones start at the workflow file. */
export function sourcePath(source: Source, path: string): string {
  return source.locate(pathFrom(source.workflowDirectory, path));
}
