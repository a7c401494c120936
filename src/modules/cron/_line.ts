/** A job as a line of a crontab has it. */
export interface JobLine {
  /** Five fields with a blank between them, or "@daily". */
  readonly schedule: string;
  /** Of a file of /etc/cron.d only. */
  readonly user?: string;
  readonly job: string;
  readonly disabled: boolean;
}

/** null: it is a comment, a variable, or nothing. `named`: whether lines name a user, as those of /etc/cron.d do. */
export function parseJob(line: string, named: boolean): JobLine | null {
  const match = (named ? NAMED : OWN).exec(line);
  if (match === null) return null;
  const [, mark, when = "", user, job = ""] = named ? match : [match[0], match[1], match[2], undefined, match[3]];
  const schedule = when
    .trim()
    .split(/[ \t]+/)
    .join(" ");
  const disabled = mark === "#";
  return named ? { schedule, user: user ?? "", job: job.trim(), disabled } : { schedule, job: job.trim(), disabled };
}

export function jobText({ schedule, user, job, disabled }: JobLine): string {
  return `${disabled ? "#" : ""}${schedule} ${user === undefined ? "" : `${user} `}${job}`;
}

const WHEN = String.raw`(@[a-z]+|(?:[\d*][\w*/,~-]*|[a-z]{3}[\w*/,~-]*)(?:[ \t]+[\w*/,~-]+){4})`;
const OWN = new RegExp(String.raw`^\s*(#?)\s*${WHEN}[ \t]+(\S.*)$`, "i");
const NAMED = new RegExp(String.raw`^\s*(#?)\s*${WHEN}[ \t]+(\S+)[ \t]+(\S.*)$`, "i");

/** The name in a marker line, of ours, which are Ansible's, or of Puppet's. */
export function markedName(line: string): string | undefined {
  return /^#(?:Ansible| Puppet Name): (.*)$/.exec(line)?.[1];
}

export function marker(name: string): string {
  return `#Ansible: ${name}`;
}

/** A variable of a crontab; null: it is none. */
export function parseVariable(line: string): { readonly name: string; readonly value: string } | null {
  const match = /^\s*(?:"([^"=]+)"|'([^'=]+)'|([^\s"'#=]+))\s*=\s*(.*?)\s*$/.exec(line);
  if (match === null) return null;
  const [, double, single, bare, value = ""] = match;
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return { name: double ?? single ?? bare ?? "", value: quoted?.[2] ?? value };
}

export function variableText(name: string, value: string): string {
  const quote = value.includes('"') ? "'" : '"';
  return `${name}=${quote}${value}${quote}`;
}
