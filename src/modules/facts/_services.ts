import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { initSystem } from "../_kit/machine.ts";

type Service = {
  readonly name: string;
  /** `running`, `stopped`, `failed`, or `unknown` where nothing keeps account of it. */
  readonly state: string;
  /** Started at boot. */
  readonly enabled: boolean;
};

/** Services of the machine, whatever starts them, by name. */
export async function services(target: ReadSystem): Promise<readonly Service[]> {
  const init = initSystem(target);
  const found = init === "systemd" ? await unitsOf(target) : init === "openrc" ? openrc(target) : sysvinit(target);
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function unitsOf(target: ReadSystem): Promise<readonly Service[]> {
  const said = async (...words: readonly string[]): Promise<readonly (readonly string[])[]> => {
    const argv: Argv = ["systemctl", ...words, "--type=service", "--no-legend", "--no-pager", "--full"];
    const { stdout } = mustSucceed(argv, await target.query(argv, { env: { LC_ALL: "C" } }));
    return stdout.split("\n").map((line) => line.replace(/^[ ●*]+/, "").split(/\s+/));
  };
  const states = new Map((await said("list-units", "--all", "--plain")).map(([name = "", , active]) => [name, active]));
  const files = new Map((await said("list-unit-files")).map(([name = "", state = ""]) => [name, state]));
  const names = new Set([...states.keys(), ...files.keys()].filter((name) => name.endsWith(".service")));
  return [...names].map((name) => ({
    name: name.slice(0, -".service".length),
    state: STATES[states.get(name) ?? ""] ?? "stopped",
    enabled: files.get(name)?.startsWith("enabled") ?? false,
  }));
}

const STATES: { readonly [active: string]: string } = {
  active: "running",
  reloading: "running",
  activating: "running",
  failed: "failed",
};

function openrc(target: ReadSystem): readonly Service[] {
  const levels = namesIn("/etc/runlevels", target).map((level) => `/etc/runlevels/${level}`);
  return namesIn("/etc/init.d", target).map((name) => ({
    name,
    state: target.lstat(`/run/openrc/started/${name}`) === null ? "stopped" : "running",
    enabled: levels.some((level) => target.lstat(`${level}/${name}`) !== null),
  }));
}

function sysvinit(target: ReadSystem): readonly Service[] {
  const started = new Set(
    [2, 3, 4, 5]
      .flatMap((level) => namesIn(`/etc/rc${level}.d`, target))
      .flatMap((name) => /^S\d\d(.*)/.exec(name)?.[1] ?? []),
  );
  const scripts = namesIn("/etc/init.d", target).filter((name) => name !== "README");
  return scripts.map((name) => ({ name, state: "unknown", enabled: started.has(name) }));
}

function namesIn(directory: string, target: ReadSystem): readonly string[] {
  return target.stat(directory)?.type === "directory" ? target.list(directory) : [];
}
