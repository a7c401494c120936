import { toBytes } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { SlothError } from "../../base/errors.ts";
import { Secret, type ValueObject } from "../../base/value.ts";
import { defineResource, type Facts, type Source } from "../../engine/resource.ts";
import {
  contents,
  isOneLine,
  object,
  oneOf,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { accountName } from "../_accounts/account-name.ts";
import { standingsBy, type EntryForm } from "../_files/entries.ts";
import { stated } from "../_files/file.ts";
import { revealText } from "../_files/text.ts";
import { fileField, placeOf, placeText, type Place } from "./_crontab.ts";
import { inCrontab } from "./_in-crontab.ts";
import { parseVariable, variableText } from "./_line.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const name = (summary: string) => textLike(summary, NAME, "the name of a variable");

const schema = object(
  {
    name: name("The variable, such as `MAILTO`."),
    value: optional(contents("Its value, without quotes.")),
    user: optional(accountName("Whose crontab. Default: root.")),
    file: fileField(),
    insertafter: optional(name("A new one goes below this variable; without it to the top, above every job.")),
    insertbefore: optional(name("A new one goes above this variable.")),
    state: withDefault(oneOf("Whether the variable is there.", "present", "absent"), "present"),
  },
  (props) => {
    if (props.insertafter !== undefined && props.insertbefore !== undefined)
      return "takes either 'insertafter' or 'insertbefore'";
    if (props.state === "absent") return undefined;
    if (props.value === undefined) return "'value' is missing";
    const value = revealText(props.value);
    if (!isOneLine(value)) return "'value' must be one line";
    return value.includes("'") && value.includes('"') ? "'value' cannot hold both kinds of quotes" : undefined;
  },
);

type Asked = Props<typeof schema>;
type VariableFacts = Facts & { readonly value?: string | undefined };
type Want = {
  readonly place: Place;
  readonly name: string;
  readonly below?: string;
  readonly above?: string;
  readonly stated: ValueObject | null;
  readonly sealed?: { readonly value: Digest };
};

const variablesIn = standingsBy<VariableFacts>((line) => {
  const variable = parseVariable(line);
  return variable === null ? undefined : { key: variable.name, facts: { value: variable.value } };
});

const form: EntryForm<Want, VariableFacts> = {
  find: (lines, { name }) => variablesIn(lines).get(name) ?? [],
  write: ({ value = "" }, want) => [variableText(want.name, value)],
  place(lines, { below, above, place }) {
    const next = below ?? above;
    if (next === undefined) return 0;
    const at = lines.findIndex((line) => parseVariable(line)?.name === next);
    if (at === -1) throw new SlothError("E_NOT_FOUND", `there is no variable ${next} in ${placeText(place)}'s crontab`);
    return below === undefined ? at : at + 1;
  },
};

/** Keeps a variable of a crontab: above every job, as it counts for the jobs below it. */
export const env = defineResource<Asked, Want, VariableFacts>({
  ...inCrontab<Want, VariableFacts>(form),
  name: "cron.env",
  kind: "cron_env",
  summary: "Keeps a variable in a user's crontab or in a file of /etc/cron.d.",
  example: 'cron.env{ name = "MAILTO", value = "admins@example.org" }',
  schema,
  want: wanted,
});

function wanted(props: Asked, source: Source): Want {
  const { insertafter: below, insertbefore: above } = props;
  if (props.state === "absent" || props.value === undefined)
    return { place: placeOf(props), name: props.name, stated: null };
  const value = revealText(props.value);
  const digest = source.sensitive || props.value instanceof Secret ? source.hold(toBytes(value)) : undefined;
  return stated({
    place: placeOf(props),
    name: props.name,
    below,
    above,
    stated: { value: digest ?? value },
    sealed: digest && { value: digest },
  });
}
