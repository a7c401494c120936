import type { FileFacts } from "../../engine/call/path-facts.ts";
import { toBytes, toText } from "../../base/byte-text.ts";
import { defineResource, type Source } from "../../engine/resource.ts";
import {
  absolutePath,
  flag,
  list,
  isOneLine,
  object,
  oneOf,
  oneOrMany,
  optional,
  text,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import type { Diff, Inputs } from "../../engine/resource.ts";
import type { System } from "../../system/system.ts";
import { isChanged, stated } from "../_files/file.ts";
import { put, type Put } from "../_files/put.ts";
import { refuseInvalid } from "./_whole-set.ts";

const who = (summary: string) => textLike(summary, /^[^\s,:=()!%#"\\\0-\x1f\x7f]+$/, "a name");

const schema = object(
  {
    name: textLike(
      "Names the file; sudo reads none with a `.` or a `~` in its name.",
      /^[A-Za-z0-9_-]+$/,
      "letters, digits, '_' and '-'",
    ),
    user: optional(who("Whom it is for.")),
    group: optional(who("The group it is for.")),
    commands: optional(oneOrMany("What may be run, with absolute paths, or `ALL`.", text(""))),
    runas: optional(text("As whom, as sudoers(5) has it; root when absent.")),
    host: withDefault(who("On which hosts."), "ALL"),
    nopassword: withDefault(flag("Asks for no password."), true),
    noexec: withDefault(flag("What is run can start nothing else."), false),
    setenv: withDefault(flag("The environment may be kept and set."), false),
    defaults: optional(list("`Defaults` for them alone, such as `!requiretty`.", text(""))),
    path: withDefault(absolutePath("The directory."), "/etc/sudoers.d"),
    state: withDefault(oneOf("Whether the rule is there.", "present", "absent"), "present"),
  },
  (props) => {
    if (props.state === "absent") return undefined;
    if ((props.user === undefined) === (props.group === undefined)) return "takes either 'user' or 'group'";
    const { commands = [] } = props;
    if (commands.length === 0) return "'commands' is missing";
    const odd = [...commands, ...(props.defaults ?? []), props.runas ?? "x"].find(
      (word) => word.trim() === "" || !isOneLine(word),
    );
    if (odd !== undefined) return "'commands', 'defaults' and 'runas' must each be one line, and not empty";
    if (/[()]/.test(props.runas ?? "")) return "'runas' must be users and groups alone, without brackets";
    const several = commands.find(
      (command) => command.endsWith("\\") || (!/^!?sha\d+:/.test(command) && /(?<!\\),/.test(command)),
    );
    if (several !== undefined)
      return `'commands' has '${several}', which is not one command; write \\, for a comma in it`;
    const relative = commands.find((command) => !/^!?(\/|[A-Z][A-Z0-9_]*$|sudoedit\b|sha\d+:)/.test(command));
    return relative === undefined ? undefined : `'commands' has '${relative}', which is no absolute path`;
  },
);

type Asked = Props<typeof schema>;
type Want = Put & { readonly absent?: true };

/** Keeps a rule of sudo in a file of its own. */
export const rule = defineResource<Asked, Want, FileFacts>({
  ...put,
  name: "sudo.rule",
  summary: "Keeps a rule of sudo in a file of /etc/sudoers.d, which visudo checks among all others before it is there.",
  example: 'sudo.rule{ name = "deploy", group = "adm", commands = { "/usr/bin/systemctl restart app" } }',
  schema,
  identity: ({ path, name }) => `${path}/${name}`,
  want: wanted,
  desired: (want, actual, target) => (want.absent ? null : put.desired(want, actual, target)),

  async apply(want: Want, diff: Diff<FileFacts>, target: System, inputs: Inputs) {
    if (diff.desired === null) return put.undo.remove(want, diff.actual ?? { type: "file" }, target);
    if (want.content !== undefined && isChanged(diff, "type", "content"))
      await refuseInvalid(want.path, toText(await inputs.read(want.content)), target);
    await put.apply(want, diff, target, inputs);
  },
});

function wanted(props: Asked, source: Source): Want {
  const path = `${props.path}/${props.name}`;
  if (props.state === "absent") return { path, type: "file", absent: true };
  return stated({
    path,
    type: "file",
    content: source.hold(toBytes(ruleText(props))),
    mode: "0440",
    owner: "root",
    group: "root",
    parents: {},
  });
}

function ruleText(props: Asked): string {
  const { user, group, host, runas, commands = [], defaults = [] } = props;
  const whom = user ?? `%${group}`;
  const tags = [props.noexec && "NOEXEC:", props.nopassword && "NOPASSWD:", props.setenv && "SETENV:"].filter(Boolean);
  const as = runas === undefined ? "" : `(${runas})`;
  const lines = defaults.map((one) => `Defaults:${whom} ${one}`);
  return `${[...lines, `${whom} ${host}=${as}${tags.join("")} ${commands.join(", ")}`].join("\n")}\n`;
}
