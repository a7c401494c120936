import { SlothError } from "../base/errors.ts";
import type { Argv, System } from "../system/system.ts";
import { cronFile } from "./cron.ts";
import { checkName, checkSchedule, PREFIX, readMark, type Schedule } from "./schedule.ts";
import { FAILURE_UNIT, failureUnit, serviceUnit, timerUnit } from "./units.ts";

interface Listed extends Schedule {
  readonly by: "systemd" | "cron";
  /** "running", "ok" or "failed: exit-code"; null where nobody knows. */
  readonly state: string | null;
}

/** What keeps schedules on this machine. */
export interface Scheduler {
  /** Makes it, or changes what is there; answers the files that were written. */
  add(schedule: Schedule): Promise<readonly string[]>;
  list(): Promise<readonly Listed[]>;
  /** Answers the files that were removed; none when there is no such schedule. */
  remove(name: string): Promise<readonly string[]>;
}

/** systemd where it runs, of the system for root and of the user for others; else cron, which is root's. */
export function schedulerOf(system: System): Scheduler {
  if (system.stat("/run/systemd/system") !== null) return new Systemd(system);
  if (system.stat(CRON) === null)
    throw new SlothError("E_SCHEDULE", "neither systemd nor cron is there", {
      hint: `install cron, which reads ${CRON}`,
    });
  return new Cron(system);
}

const CRON = "/etc/cron.d";

class Systemd implements Scheduler {
  private readonly system: System;
  private readonly directory: string;
  private readonly systemctl: Argv;

  constructor(system: System) {
    this.system = system;
    const own = system.euid === 0;
    const config = system.env("XDG_CONFIG_HOME") ?? `${system.env("HOME") ?? "/nonexistent"}/.config`;
    this.directory = own ? "/etc/systemd/system" : `${config}/systemd/user`;
    this.systemctl = own ? ["systemctl"] : ["systemctl", "--user"];
  }

  async add(schedule: Schedule): Promise<readonly string[]> {
    checkSchedule(schedule);
    const { service, timer } = this.paths(schedule.name);
    const files = new Map([
      [service, serviceUnit(schedule)],
      [timer, timerUnit(schedule)],
    ]);
    if (schedule.onFailure === undefined) files.set(`${this.directory}/${FAILURE_UNIT}`, failureUnit());
    const written = await writeFiles(this.system, files);
    if (written.length > 0) await this.tell("daemon-reload");
    await this.tell("enable", "--quiet", timerName(schedule.name));
    // Started anew where it differs: a timer goes on with the interval it was started with.
    await this.tell(written.includes(timer) ? "restart" : "start", timerName(schedule.name));
    return written;
  }

  async list(): Promise<readonly Listed[]> {
    const found = schedulesIn(this.system, this.directory, ".timer");
    return await Promise.all(
      found.map(async (schedule) => ({ ...schedule, by: "systemd" as const, state: await this.state(schedule.name) })),
    );
  }

  async remove(name: string): Promise<readonly string[]> {
    checkName(name);
    const { service, timer } = this.paths(name);
    if (this.system.lstat(timer) !== null) await this.tell("disable", "--quiet", "--now", timerName(name));
    const removed = removeFiles(this.system, [service, timer]);
    if (removed.length > 0) await this.tell("daemon-reload");
    return removed;
  }

  private paths(name: string): { readonly service: string; readonly timer: string } {
    const base = `${this.directory}/${PREFIX}${name}`;
    return { service: `${base}.service`, timer: `${base}.timer` };
  }

  private async state(name: string): Promise<string> {
    const shown = ["show", "--property=ActiveState,Result", `${PREFIX}${name}.service`] as const;
    const { stdout } = await this.system.query([...this.systemctl, ...shown]);
    const said = new Map(linesOf(stdout).map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
    if (said.get("ActiveState") === "activating") return "running";
    return said.get("Result") === "success" ? "ok" : `failed: ${said.get("Result") ?? "unknown"}`;
  }

  private async tell(...argv: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.system.run([...this.systemctl, ...argv]);
    if (exitCode === 0) return;
    const said = new TextDecoder().decode(stderr).trim();
    throw new SlothError("E_SCHEDULE", `systemctl ${argv.join(" ")} failed: ${said}`);
  }
}

class Cron implements Scheduler {
  private readonly system: System;

  constructor(system: System) {
    this.system = system;
  }

  async add(schedule: Schedule): Promise<readonly string[]> {
    checkSchedule(schedule);
    this.refuseOthers();
    return await writeFiles(this.system, new Map([[`${CRON}/${PREFIX}${schedule.name}`, cronFile(schedule)]]));
  }

  list(): Promise<readonly Listed[]> {
    const found = schedulesIn(this.system, CRON, "");
    return Promise.resolve(found.map((schedule) => ({ ...schedule, by: "cron" as const, state: null })));
  }

  async remove(name: string): Promise<readonly string[]> {
    checkName(name);
    this.refuseOthers();
    return await Promise.resolve(removeFiles(this.system, [`${CRON}/${PREFIX}${name}`]));
  }

  private refuseOthers(): void {
    if (this.system.euid === 0) return;
    throw new SlothError("E_SCHEDULE", `only root may write to ${CRON}`, { hint: "run it with sudo" });
  }
}

function timerName(name: string): string {
  return `${PREFIX}${name}.timer`;
}

function schedulesIn(system: System, directory: string, ending: string): readonly Schedule[] {
  if (system.stat(directory)?.type !== "directory") return [];
  const names = system.list(directory).filter((name) => name.startsWith(PREFIX) && name.endsWith(ending));
  const found = names.flatMap((name) => readMark(textOf(system, `${directory}/${name}`)) ?? []);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Only what differs; a file of that name which is not ours stays, and is an error. */
async function writeFiles(system: System, files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [path, text] of files) {
    const there = system.stat(path) === null ? null : textOf(system, path);
    if (there === text) continue;
    refuseForeign(path, there);
    makeParents(system, path);
    await system.writeFile(path, new TextEncoder().encode(text), { mode: 0o644 });
    written.push(path);
  }
  return written;
}

function removeFiles(system: System, paths: readonly string[]): readonly string[] {
  const there = paths.filter((path) => system.lstat(path) !== null);
  for (const path of there) {
    refuseForeign(path, textOf(system, path));
    system.unlink(path);
  }
  return there;
}

function refuseForeign(path: string, text: string | null): void {
  if (text === null || path.endsWith(FAILURE_UNIT) || readMark(text) !== null) return;
  throw new SlothError("E_SCHEDULE", `${path} was not made by sloth-runner schedule`, {
    hint: "give another name with --name",
  });
}

function makeParents(system: System, path: string): void {
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (parent === "" || system.stat(parent) !== null) return;
  makeParents(system, parent);
  system.mkdir(parent, { mode: 0o755 });
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return new TextDecoder().decode(bytes).trim().split("\n");
}

function textOf(system: System, path: string): string {
  return new TextDecoder().decode(system.readFile(path));
}
