/** What a timer of ours is made of; durations in milliseconds. */
export interface TimerPlan {
  readonly description: string;
  /** A line for the shell, or a program and its arguments. */
  readonly command: string | readonly string[];
  readonly onCalendar?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly user?: string | undefined;
  readonly directory?: string | undefined;
  readonly environment?: { readonly [name: string]: string } | undefined;
  readonly persistent?: boolean | undefined;
  readonly delayMs?: number | undefined;
  readonly onFailure?: string | undefined;
}

export function timerService(plan: TimerPlan): string {
  const { description, command, user, directory, environment = {}, onFailure } = plan;
  const words = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  return lines(
    "[Unit]",
    `Description=${escapePercent(description)}`,
    onFailure && `OnFailure=${onFailure}`,
    "",
    "[Service]",
    "Type=oneshot",
    user && `User=${user}`,
    directory && `WorkingDirectory=${escapePercent(directory)}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${quote(`${name}=${value}`)}`),
    `ExecStart=${words.map((word) => quote(word).replaceAll("$", "$$$$")).join(" ")}`,
  );
}

export function timerUnit({ description, onCalendar, everyMs, persistent, delayMs }: TimerPlan): string {
  const seconds = everyMs === undefined ? undefined : `${everyMs / 1000}s`;
  return lines(
    "[Unit]",
    `Description=${escapePercent(description)}`,
    "",
    "[Timer]",
    onCalendar && `OnCalendar=${onCalendar}`,
    seconds && `OnActiveSec=${seconds}`,
    seconds && `OnUnitActiveSec=${seconds}`,
    everyMs !== undefined && `AccuracySec=${Math.min(60_000, everyMs / 10)}ms`, // systemd's own is a minute
    persistent === true && "Persistent=true",
    delayMs !== undefined && `RandomizedDelaySec=${delayMs / 1000}s`,
    "",
    "[Install]",
    "WantedBy=timers.target",
  );
}

function lines(...given: readonly (string | false | undefined)[]): string {
  return `${given.filter((line) => typeof line === "string").join("\n")}\n`;
}

/** One word: systemd knows quotes, backslashes and %specifiers. */
function quote(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `"${escapePercent(escaped)}"`;
}

function escapePercent(text: string): string {
  return text.replaceAll("%", "%%");
}
