import { isDigest } from "../../base/digest.ts";
import { defineResource, type AnyResource, type Diff, type Inputs, type Example } from "../../engine/resource.ts";
import { flag, withDefault, type Contents, type Schema } from "../../engine/schema.ts";
import type { System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import type { FileFacts } from "../../engine/call/path-facts.ts";
import { stated } from "../_files/file.ts";
import { put, type Put } from "../_files/put.ts";
import { daemonReload } from "../_units/control.ts";
import { requireSystemd } from "../_units/state.ts";
import { OWN_DIRECTORY } from "../_units/unit-files.ts";
import { removeDropIn, removeUnit } from "./_remove.ts";
import { verifyUnit } from "./_verify.ts";

type UnitFile = Put & { readonly verify: boolean };

interface UnitFileVerb<P> {
  readonly name: `systemd.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<P>;
  /** Below /etc/systemd/system. */
  readonly file: (props: P) => string;
}

export const verifyField = withDefault(
  flag("Refuses what `systemd-analyze verify` finds wrong, such as a program that is not there."),
  true,
);

/** The verbs that keep a unit file or a drop-in differ only in how they name it. */
export function unitFileResource<P extends { readonly content: Contents; readonly verify?: boolean | undefined }>({
  file,
  ...verb
}: UnitFileVerb<P>): AnyResource {
  const pathOf = (props: P): string => `${OWN_DIRECTORY}/${file(props)}`;
  return defineResource<P, UnitFile, FileFacts>({
    ...put,
    ...verb,
    identity: pathOf,
    want: (props, source) => ({
      ...stated({
        path: pathOf(props),
        type: "file",
        content: source.hold(props.content),
        mode: "0644",
        owner: "root",
        group: "root",
        parents: {},
      }),
      verify: props.verify ?? false,
    }),

    async apply(want: UnitFile, diff: Diff<FileFacts>, target: System, inputs: Inputs) {
      requireSystemd(target);
      requireRoot(target, "unit files");
      if (want.verify && want.content !== undefined && !want.path.endsWith(".conf"))
        await verifyUnit(want.path, await inputs.read(want.content), target);
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
}
