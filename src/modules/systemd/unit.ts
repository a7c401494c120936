import { utf8Text } from "../../base/byte-text.ts";
import { defineResource, type Diff, type Inputs } from "../../engine/resource.ts";
import { contents, flag, object, textLike, withDefault, type Contents } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, CommandResult, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { stated, type FileFacts } from "../_files/file.ts";
import { put, type Put } from "../_files/put.ts";
import { control, daemonReload } from "./_control.ts";
import { isRunning, requireSystemd } from "./_state.ts";

interface UnitProps {
  readonly name: string;
  readonly content: Contents;
  readonly verify: boolean;
}

type UnitFile = Put & { readonly verify: boolean };

const DIRECTORY = "/etc/systemd/system";
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
  identity: (props) => `${DIRECTORY}/${props.name}`,
  want: (props, source) => ({
    ...stated({
      path: `${DIRECTORY}/${props.name}`,
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
      const name = want.path.slice(DIRECTORY.length + 1);
      if (!name.includes("/")) await control(["disable", ...(isRunning(target) ? ["--now"] : [])], name, target);
      target.unlink(want.path);
      await daemonReload(target);
    },
  },
});

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
    throw new SlothError("E_VALIDATE", `systemd refuses it: ${said}`, {
      hint: "verify = false writes it all the same",
    });
  } finally {
    await target.removeTree(directory);
  }
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
