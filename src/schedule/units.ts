import { dirname } from "node:path";
import { markOf, PREFIX, type Schedule } from "./schedule.ts";

/** Started for any schedule that fails and names no unit of its own: writes one line of priority "error" to the journal. */
export const FAILURE_UNIT = `${PREFIX}failed@.service`;

export function failureUnit(): string {
  return `[Unit]
Description=sloth-runner: %i failed

[Service]
Type=oneshot
SyslogIdentifier=sloth-runner
ExecStart=/bin/echo "<3>%i failed; systemctl status %i and journalctl --unit %i say more"
`;
}

export function serviceUnit(schedule: Schedule): string {
  const { driftOnly, stack, file, argv, onFailure } = schedule;
  const doing = driftOnly ? `look for drift in ${stack}` : `keep ${stack} as ${file} says`;
  return `${markOf(schedule)}
[Unit]
Description=sloth-runner: ${escapePercent(doing)}
Wants=network-online.target
After=network-online.target
OnFailure=${onFailure ?? FAILURE_UNIT.replace("@", "@%N")}

[Service]
Type=oneshot
ExecStart=${argv.map(quote).join(" ")}
Nice=10
KillMode=mixed
TimeoutStopSec=10min
${(driftOnly ? restrictionsOfLooking(schedule) : RESTRICTIONS).join("\n")}
`;
}

export function timerUnit(schedule: Schedule): string {
  const { every, everyMs, name } = schedule;
  const seconds = Math.round(everyMs / 1000);
  return `${markOf(schedule)}
[Unit]
Description=sloth-runner: ${name} every ${every}

[Timer]
OnActiveSec=1min
OnUnitInactiveSec=${seconds}
RandomizedDelaySec=${Math.min(300, Math.round(seconds / 10))}

[Install]
WantedBy=timers.target
`;
}

/** A run may have to change anything: only what no workflow needs is taken from it. */
const RESTRICTIONS = [
  "LockPersonality=yes",
  "RestrictRealtime=yes",
  "SystemCallArchitectures=native",
  "KeyringMode=private",
];

/** Looking writes nothing but the record. */
function restrictionsOfLooking({ database }: Schedule): readonly string[] {
  const protect = ["Clock", "ControlGroups", "Hostname", "KernelLogs", "KernelModules", "KernelTunables"];
  return [
    ...RESTRICTIONS,
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    `ReadWritePaths=${quotePath(dirname(database))}`,
    "ProtectHome=read-only",
    ...protect.map((what) => `Protect${what}=yes`),
    "RestrictNamespaces=yes",
    "RestrictSUIDSGID=yes",
  ];
}

/** One word of a command line: systemd knows quotes, backslashes, %specifiers and $VARIABLES. */
function quote(word: string): string {
  return quotePath(word).replaceAll("$", "$$$$");
}

/** A path of another setting, where a $ is a $. */
function quotePath(path: string): string {
  return `"${escapePercent(path.replaceAll(/[\\"]/g, "\\$&"))}"`;
}

function escapePercent(text: string): string {
  return text.replaceAll("%", "%%");
}
