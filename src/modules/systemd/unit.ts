import { utf8Text } from "../../base/byte-text.ts";
import { defineResource, type Diff, type Inputs } from "../../engine/resource.ts";
import { contents, flag, object, textLike, withDefault, type Contents } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, CommandResult, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { stated, type FileFacts } from "../_files/file.ts";
import { isDigest } from "../../base/digest.ts";
import { parentOf } from "../../base/path.ts";
import { put, type Put } from "../_files/put.ts";
import { control, daemonReload } from "../_units/control.ts";
import { isRunning, requireSystemd, unitState } from "../_units/state.ts";
import { installs, isShipped, OWN_DIRECTORY, unitFile } from "../_units/unit-files.ts";
import { isTemplate } from "../_units/unit-name.ts";

interface UnitProps {
  readonly name: string;
  readonly content: Contents;
  readonly verify: boolean;
}

type UnitFile = Put & { readonly verify: boolean };

const NAME =
  /^[A-Za-z0-9:_.\\@-]+\.(service|socket|target|timer|path|mount|automount|swap|slice)(\.d\/[A-Za-z0-9:_.@-]+\.conf)?$/;

/** Keeps a unit file, or a drop-in of one, in /etc/systemd/system. */
export const unit = defineResource<UnitProps, UnitFile, FileFacts>({
  ...put,
  name: "systemd.unit",
  summary: "Keeps a unit file in /etc/systemd/system; systemd checks it before and reads it again after.",
  schema: object({
    name: textLike(
      "File name, as `app.service` or `app.service.d/limits.conf`.",
      NAME,
      "the file name of a unit with its suffix, or of a drop-in",
    ),
    content: contents("The unit file."),
    verify: withDefault(
      flag("Refuses what `systemd-analyze verify` finds wrong, such as a program that is not there."),
      true,
    ),
  }),
  identity: (props) => `${OWN_DIRECTORY}/${props.name}`,
  want: (props, source) => ({
    ...stated({
      path: `${OWN_DIRECTORY}/${props.name}`,
      type: "file",
      content: source.hold(props.content),
      mode: "0644",
      owner: "root",
      group: "root",
      parents: {},
    }),
    verify: props.verify,
  }),

  async apply(want: UnitFile, diff: Diff<FileFacts>, target: System, inputs: Inputs) {
    requireSystemd(target);
    requireRoot(target, "unit files");
    if (want.verify && want.content !== undefined && !want.path.endsWith(".conf"))
      await verify(want.path, await inputs.read(want.content), target);
    await put.apply(want, diff, target, inputs);
    await daemonReload(target);
  },

  undo: {
    ...put.undo,
    async remove(want, _actual, target) {
      const name = want.path.slice(OWN_DIRECTORY.length + 1);
      await (name.includes("/") ? removeDropIn(want.path, target) : removeUnit(want.path, name, target));
    },
    asOwn(path, { type, content, target, ...others }) {
      if (type !== "file" && type !== "link") return null;
      const held = content !== undefined && isDigest(content) ? content : undefined;
      const want = stated({ path, type, content: held, target, parents: {}, verify: false });
      return { want, stated: stated({ type, content, target, ...others }) };
    },
  },
});

async function removeDropIn(path: string, target: System): Promise<void> {
  target.unlink(path);
  const directory = parentOf(path);
  if (target.list(directory).length === 0) target.unlink(directory);
  await daemonReload(target);
}

/** What is shipped comes back from under the file, and goes on as it is: running or not, and enabled by its own [Install]. */
async function removeUnit(path: string, unit: string, target: System): Promise<void> {
  if (!isShipped(unit, target)) await endUnit(unit, target);
  const enabled = (await unitState(unit, target))?.enabled;
  target.unlink(path);
  await daemonReload(target);
  const shipped = unitFile(unit, target);
  if (enabled === "enabled" && shipped !== null && installs(shipped, target)) await control(["reenable"], unit, target);
}

async function endUnit(unit: string, target: System): Promise<void> {
  await control(["disable"], unit, target);
  if (isRunning(target)) await control(["stop"], isTemplate(unit) ? unit.replace("@.", "@*.") : unit, target);
}

/** In a directory of its own, as the file has to have its name. */
async function verify(path: string, bytes: Uint8Array, target: System): Promise<void> {
  if (target.which("systemd-analyze") === null) return;
  const directory = `/run/sloth-runner-${crypto.randomUUID()}`;
  const file = `${directory}/${path.slice(path.lastIndexOf("/") + 1)}`;
  target.mkdir(directory, { mode: 0o700 });
  try {
    await target.writeFile(file, bytes, { mode: 0o644 });
    const result = await analyze(file, target);
    if (result.exitCode === 0) return;
    const said = utf8Text(result.stderr).trim().replaceAll(`${directory}/`, "");
    if (isOfOthers(said)) return;
    throw new SlothError("E_VALIDATE", `systemd refuses it: ${said}`, {
      hint: "verify = false writes it all the same",
    });
  } finally {
    await target.removeTree(directory);
  }
}

/** A socket may be there before the service that it starts. */
function isOfOthers(said: string): boolean {
  return said.split("\n").every((line) => /: service \S+ not loaded, socket cannot be started\.$/.test(line));
}

/** Other units are not ours to judge; systemd before 250 does not know the option and judges them. */
async function analyze(file: string, target: System): Promise<CommandResult> {
  const run = (...options: readonly string[]): Promise<CommandResult> => {
    const argv: Argv = ["systemd-analyze", "verify", ...options, file];
    return target.run(argv, { env: { LC_ALL: "C", SYSTEMD_COLORS: "0" } });
  };
  const result = await run("--recursive-errors=no");
  return /unrecognized option/.test(utf8Text(result.stderr)) ? run() : result;
}
