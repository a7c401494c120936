import { utf8Text } from "../../base/byte-text.ts";
import type { SlothError } from "../../base/errors.ts";
import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  either,
  flag,
  integer,
  isOneLine,
  object,
  oneOf,
  optional,
  text,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { entryHooks, standingsBy, type EntryForm } from "../_files/entries.ts";
import { entryFile } from "../_files/entry-file.ts";
import { missing } from "../_files/file.ts";
import { folded, parseSetting, refuseOverridden, withSlashes } from "./_sysctl-files.ts";

const schema = object(
  {
    name: textLike("The setting, such as `net.ipv4.ip_forward`.", isName, "the name of a sysctl"),
    value: optional(either("Its value; blanks count as one.", text(""), integer(""), "a string or a number")),
    file: withDefault(absolutePath("The file that sets it at boot."), "/etc/sysctl.d/99-sloth-runner.conf"),
    apply: withDefault(flag("Keep what is in force too, not only the file."), true),
    state: withDefault(oneOf("Whether the file sets it; what is in force stays.", "present", "absent"), "present"),
  },
  ({ value, state }) => {
    if (value === undefined) return state === "absent" ? undefined : "'value' is missing";
    const isLine = String(value).trim() !== "" && isOneLine(String(value));
    return !isLine ? "'value' must be one line, and not empty" : undefined;
  },
);

/** Nothing that leads out of /proc/sys, and no option. */
function isName(text: string): boolean {
  const parts = withSlashes(text).split("/");
  return /^(?!-)[\w.\-/*]+$/.test(text) && !parts.some((part) => ["", ".", ".."].includes(part));
}

type Asked = Props<typeof schema>;
type SettingFacts = Facts & {
  /** What the file says; "" nothing. */
  readonly value?: string | undefined;
  /** What is in force. */
  readonly running?: string | undefined;
};
type Want = {
  readonly path: string;
  readonly name: string;
  readonly stated: ValueObject;
};

const settingsIn = standingsBy<SettingFacts>((line) => {
  const setting = parseSetting(line);
  return setting === null ? undefined : { key: setting.name, facts: { value: setting.value } };
});

const form: EntryForm<Want, SettingFacts> = {
  find: (lines, { name }) => (settingsIn(lines).get(withSlashes(name)) ?? []).toReversed(),
  write: ({ value = "" }, { name }) => [`${name}=${value}`],
};

const entry = entryHooks<Want, SettingFacts>(form, entryFile({ emptyGoes: true }));

/** Keeps a setting of the kernel: in a file for the next boot, and in force. */
export const sysctl = defineResource<Asked, Want, SettingFacts>({
  name: "kernel.sysctl",
  kind: "sysctl",
  version: 1,
  summary: "Keeps a setting of the kernel, in a file of sysctl.d and in force.",
  example: 'kernel.sysctl{ name = "net.ipv4.ip_forward", value = 1 }',
  schema,
  identity: ({ file, name }) => `${file}: ${name}`,
  want: ({ file, name, value, apply, state }) => ({
    path: file,
    name,
    stated:
      state === "absent"
        ? { value: "" }
        : { value: folded(String(value)), ...(apply && { running: folded(String(value)) }) },
  }),

  async read(want, target) {
    const { value = "" } = (await entry.read(want, target)) ?? {};
    return { value: folded(value), running: running(want.name, target) };
  },

  async desired(want, actual, target) {
    const { value, running: inForce } = want.stated;
    if (inForce !== undefined && actual?.running === undefined) throw noSetting(want.name, target);
    if (typeof value === "string" && value !== "") await refuseOverridden({ ...want, value }, target);
    return want.stated;
  },

  async apply(want, diff, target, inputs) {
    const { value, running: inForce } = diff.desired ?? {};
    if (inForce !== undefined && inForce !== running(want.name, target)) {
      const argv: Argv = ["sysctl", "-w", `${want.name}=${inForce}`];
      mustSucceed(argv, await target.run(argv, { env: { LC_ALL: "C" } })); // first, so that what the kernel refuses is in no file
    }
    if (value !== undefined && diff.changes.some(({ property }) => property === "value"))
      await entry.apply(want, { ...diff, desired: value === "" ? null : { value } }, target, inputs);
  },

  predict: predictMerged,
  locks: ({ path }) => [`file:${path}`],
  undo: {
    own: ({ path }) => [path],
    restate(address, facts) {
      const at = address.indexOf(": ");
      const values = facts === null ? { value: "" } : plainFacts(facts);
      return { want: { path: address.slice(0, at), name: address.slice(at + 2), stated: values }, stated: values };
    },
  },
});

/** undefined: this kernel has no such setting, or does not show it. */
function running(name: string, target: ReadSystem): string | undefined {
  const path = `/proc/sys/${withSlashes(name)}`;
  return target.stat(path)?.type === "file" ? folded(utf8Text(target.readFile(path))) : undefined;
}

function noSetting(name: string, target: ReadSystem): SlothError {
  return missing(target, `there is no sysctl ${name} on this kernel`, "apply = false writes the file all the same");
}
