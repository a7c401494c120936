import type { HostEntry } from "../engine/hosts.ts";
import { SlothError } from "../base/errors.ts";
import type { Pipe } from "../system/processes/pipe.ts";
import enter from "./enter.sh" with { type: "text" };
import script from "./bootstrap.sh" with { type: "text" };
import type { Build, Builds } from "./builds.ts";
import { LineFirst } from "./lines.ts";
import type { Wire } from "./protocol/link.ts";
import { oneLine } from "./protocol/messages.ts";

/** What the far end said of itself. */
export interface Probe {
  readonly os: string;
  readonly arch: string;
  readonly libc: string;
  readonly cpu: string;
  /** Where programs can be kept and run; empty when nowhere. */
  readonly dir: string;
  /** KiB; empty when it could not be told. */
  readonly free: string;
  readonly have: readonly string[];
}

export interface BringOptions {
  readonly entry: HostEntry;
  readonly builds: Builds;
  /** Told how much of a build was sent. */
  readonly onProgress: (sent: number, total: number) => void;
}

/** Makes the shell at the far end an agent of our own build, sending the build when it is not there yet. */
export async function bringAgent(pipe: Pipe, options: BringOptions): Promise<Wire> {
  const { name } = options.entry;
  const lines = new LineFirst(pipe.incoming, LINES_BYTES);
  await pipe.write(new TextEncoder().encode(script + enter + lastLine(options.entry, options.builds)));
  if ((await expect(lines, ["sloth-start", "sloth-probe 1"], name)) === "sloth-probe 1") {
    await chooseBuild(pipe, lines, options);
    await expect(lines, ["sloth-start"], name);
  }
  return {
    write: (bytes) => pipe.write(bytes),
    incoming: afterMagic(lines, name),
    close: () => pipe.end(),
  };
}

async function chooseBuild(pipe: Pipe, lines: LineFirst, options: BringOptions): Promise<void> {
  const probe = await readProbe(lines, options.entry.name);
  const build = await options.builds.find(probe, options.entry.name);
  await (probe.have.includes(build.name)
    ? say(pipe, `use ${build.name} ${build.size} ${build.sha256}`)
    : sendBuild(pipe, lines, probe, build, options));
}

/**
 * The only words that differ; a name that is not an ordinary login is refused before. Another user than root cannot run what is in our
 * home directory.
 */
function lastLine({ become }: HostEntry, builds: Builds): string {
  const user = become === undefined ? "" : checkedUser(become.user);
  const isSu = become?.method === "su";
  const end = become?.method === "sudo" ? " --" : "";
  const words = become === undefined || isSu ? "" : `${become.method} -n -u ${user}${end}`;
  const home = become === undefined || user === "root" ? '"${HOME:-}"' : "''";
  const room = Math.ceil(builds.room() / 1024);
  const { name, sha256 } = builds.likely() ?? { name: "", sha256: "" };
  return `sloth_read=whole; main '${words}' '${isSu ? user : ""}' ${home} '${name}' '${sha256}' ${room}\n`;
}

function checkedUser(user: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(user)) return user;
  throw new SlothError("E_HOST", `'${user}' cannot be the name of a user to become`);
}

/** Of banners, and of what the script says. */
const LINES_BYTES = 1 << 20;

async function readProbe(lines: LineFirst, host: string): Promise<Probe> {
  const said = new Map<string, string>();
  for (let line = await lines.line(); line !== "sloth-probe end"; line = await lines.line()) {
    if (line === undefined) throw notReached(host);
    const space = line.indexOf(" ");
    said.set(line.slice(0, space), line.slice(space + 1).trim());
  }
  const get = (name: string): string => said.get(name) ?? "";
  const [dir, why] = [get("dir"), get("why")];
  if (dir === "")
    throw new SlothError("E_HOST_NO_PLACE", `${host}: ${oneLine(why)}`, {
      hint: "mount one of ~/.cache, /var/tmp or /tmp with exec and free space",
    });
  return {
    os: get("os"),
    arch: get("arch"),
    libc: get("libc"),
    cpu: get("cpu"),
    dir,
    free: get("free"),
    have: get("have").split(" "),
  };
}

/** Skips banners until one of the lines comes; what the script says went wrong is the error. */
async function expect(lines: LineFirst, wanted: readonly string[], host: string): Promise<string> {
  for (;;) {
    const line = await lines.line();
    if (line === undefined) throw notReached(host);
    if (wanted.includes(line)) return line;
    if (line === "sloth-torn") throw torn(host);
    if (line.startsWith("sloth-error ")) throw new SlothError("E_HOST_AGENT", `${host}: ${oneLine(line.slice(12))}`);
  }
}

function torn(host: string): SlothError {
  return new SlothError("E_HOST_SHELL", `${host}: something that the login's shell starts reads what is sent to it`, {
    hint: "let what ~/.bashrc and its like run without a terminal read nothing",
  });
}

function notReached(host: string): SlothError {
  return new SlothError("E_HOST_LOST", `${host}: the connection ended before the agent was there`);
}

async function sendBuild(
  pipe: Pipe,
  lines: LineFirst,
  probe: Probe,
  build: Build,
  { entry, onProgress }: BringOptions,
): Promise<void> {
  const pieces = await build.pack();
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const needed = Math.ceil((build.size + size) / 1024);
  if (probe.free !== "" && Number(probe.free) < needed) {
    const hint = "make room there, or mount another of ~/.cache, /var/tmp and /tmp with more";
    throw new SlothError(
      "E_HOST_NO_SPACE",
      `${entry.name}: ${probe.dir} has ${probe.free} KiB free, ${needed} are needed`,
      { hint },
    );
  }
  await say(pipe, `send ${build.name} ${size} ${build.sha256}`);
  await expect(lines, ["sloth-ready"], entry.name);
  let sent = 0;
  onProgress(sent, size);
  for (const piece of pieces) {
    await pipe.write(piece);
    onProgress((sent += piece.length), size);
  }
}

function say(pipe: Pipe, line: string): Promise<void> {
  return pipe.write(new TextEncoder().encode(`${line}\n`));
}

/** sudo and its like may print before the agent does. */
async function* afterMagic(lines: LineFirst, host: string): AsyncGenerator<Uint8Array> {
  await expect(lines, ["SLOTH-RUNNER-AGENT/1"], host);
  yield* lines.remaining();
}
