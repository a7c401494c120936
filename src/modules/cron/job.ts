import { toBytes } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { Secret, type ValueObject } from "../../base/value.ts";
import { defineResource, type Facts, type Source } from "../../engine/resource.ts";
import {
  contents,
  either,
  flag,
  integer,
  isOneLine,
  object,
  oneOf,
  optional,
  text,
  withDefault,
  type Contents,
  type Props,
} from "../../engine/schema.ts";
import { accountName } from "../_accounts/account-name.ts";
import { ofLines, type EntryForm, type Standing } from "../_files/entries.ts";
import { stated } from "../_files/file.ts";
import { revealText } from "../_files/text.ts";
import { fileField, placeOf, type Place } from "./_crontab.ts";
import { inCrontab } from "./_in-crontab.ts";
import { jobText, markedName, marker, parseJob, parseVariable, type JobLine } from "./_line.ts";
import { FIELDS, SPECIAL, fieldMistake } from "./_schedule.ts";

const field = (summary: string) =>
  optional(either(`${summary} \`*\` when absent.`, text(""), integer("", 0), "a string such as '*/5' or a number"));

const schema = object(
  {
    name: text("Names the job: a line above it in the crontab, the same that Ansible writes."),
    job: optional(
      contents("The command, as crontab(5) has it (a `%` is a new line). The same job without a name is taken for it."),
    ),
    minute: field("Minute, 0 to 59, as crontab(5) writes it: `*/10`, `1,31`."),
    hour: field("Hour, 0 to 23."),
    day: field("Day of the month, 1 to 31."),
    month: field("Month, 1 to 12 or `jan`."),
    weekday: field("Day of the week, 0 to 7 (0 and 7 are Sunday) or `mon`."),
    special: optional(oneOf("In place of the five fields.", ...SPECIAL)),
    user: optional(accountName("Whose crontab, root's when absent; with `file`: who runs the job.")),
    file: fileField(),
    disabled: withDefault(flag("Keep the job as a comment."), false),
    state: withDefault(oneOf("Whether the job is there.", "present", "absent"), "present"),
  },
  ruleOf,
);

type Asked = Props<typeof schema>;
type JobFacts = Facts & {
  readonly schedule?: string | undefined;
  readonly job?: string | undefined;
  /** Of a file of /etc/cron.d. */
  readonly user?: string | undefined;
  readonly disabled?: boolean | undefined;
  /** Its name stands above it. */
  readonly named?: boolean | undefined;
};
type Want = {
  readonly place: Place;
  readonly name: string;
  readonly stated: ValueObject | null;
  readonly sealed?: { readonly job: Digest };
  /** The same job without a name is taken for it. */
  readonly like?: ValueObject;
};

/** Where the marker of each name stands. */
const markersIn = ofLines((lines) => {
  const marked = lines.flatMap((line, from) => {
    const name = markedName(line);
    return name === undefined ? [] : [{ name, from }];
  });
  return new Map(
    [...Map.groupBy(marked, (each) => each.name)].map(([name, all]) => [name, all.map(({ from }) => from)] as const),
  );
});

/** A marker and the job below it; variables that Puppet keeps between them stay. */
const form: EntryForm<Want, JobFacts> = {
  find(lines, { place, name, like }, is) {
    const named = "path" in place;
    const marked = (markersIn(lines).get(name) ?? []).map((from) => underMarker(lines, from, named));
    if (marked.length > 0 || like === undefined) return marked;
    const isWanted = (job: JobLine | null): boolean =>
      job !== null && is("job", job.job, like.job) && job.schedule === like.schedule && job.user === like.user;
    const at = lines.findIndex(
      (line, index) => markedName(lines[index - 1] ?? "") === undefined && isWanted(parseJob(line, named)),
    );
    return at === -1 ? [] : [{ from: at, to: at + 1, facts: { ...parseJob(lines[at] ?? "", named), named: false } }];
  },

  write({ schedule = "", job = "", user, disabled = false, named }, { name }, standing) {
    const above = standing.filter((line) => markedName(line) !== undefined || parseVariable(line) !== null);
    const head = named === false ? [] : above.length > 0 ? above : [marker(name)];
    return [...head, jobText({ schedule, job, disabled, ...(user !== undefined && { user }) })];
  },
};

function underMarker(lines: readonly string[], from: number, named: boolean): Standing<JobFacts> {
  let at = from + 1;
  while (parseJob(lines[at] ?? "", named) === null && parseVariable(lines[at] ?? "") !== null) at++;
  const job = parseJob(lines[at] ?? "", named);
  return job === null
    ? { from, to: from + 1, facts: { named: true } }
    : { from, to: at + 1, facts: { ...job, named: true } };
}

/** Keeps a job of a crontab, found by its name, else by schedule and command; every other line stays. */
export const job = defineResource<Asked, Want, JobFacts>({
  ...inCrontab<Want, JobFacts>(form),
  name: "cron.job",
  kind: "cron",
  summary: "Keeps a job in a user's crontab or in a file of /etc/cron.d.",
  example: `
    cron.job{ name = "nightly backup", minute = 30, hour = 3, job = "/usr/local/bin/backup --quiet" }
    cron.job{ name = "clean up", special = "weekly", user = "www-data", file = "app", job = "rm -rf /var/cache/app/*" }
  `,
  schema,
  want: wanted,
});

function wanted(props: Asked, source: Source): Want {
  const { name, user = "root", disabled } = props;
  const at = placeOf(props);
  if (props.job === undefined) return { place: at, name, stated: null };
  const command = commandOf(props.job);
  const digest = source.sensitive || props.job instanceof Secret ? source.hold(toBytes(command)) : undefined;
  const runs = "path" in at ? user : undefined;
  const facts = stated({ schedule: scheduleOf(props), job: digest ?? command, user: runs, disabled, named: true });
  const wants = props.state === "absent" ? null : facts;
  return stated({ place: at, name, stated: wants, like: facts, sealed: digest && { job: digest } });
}

function scheduleOf(props: Asked): string {
  return props.special === undefined
    ? FIELDS.map((name) => String(props[name] ?? "*").trim()).join(" ")
    : `@${props.special}`;
}

/** Blanks around a command mean nothing to cron. */
function commandOf(job: Contents): string {
  return revealText(job).trim();
}

function ruleOf(
  props: { readonly [K in (typeof FIELDS)[number]]?: string | number | undefined } & {
    readonly name: string;
    readonly job?: Contents | undefined;
    readonly special?: string | undefined;
    readonly state: string;
    readonly file?: string | undefined;
    readonly user?: string | undefined;
  },
): string | undefined {
  if (props.name.trim() === "" || !isOneLine(props.name)) return "'name' must be one line, and not empty";
  if (props.job === undefined) return props.state === "absent" ? undefined : "'job' is missing";
  if (props.file !== undefined && props.user === undefined) return "'file' needs 'user', who runs the job";
  const command = commandOf(props.job);
  if (command === "" || !isOneLine(command))
    return "'job' must be one line, and not empty; several commands go into a script";
  const given = FIELDS.filter((name) => props[name] !== undefined);
  if (props.special !== undefined && given.length > 0) return `takes either 'special' or '${given[0]}'`;
  return given.map((name) => fieldMistake(name, String(props[name]).trim())).find((mistake) => mistake !== undefined);
}
