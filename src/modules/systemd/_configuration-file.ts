import { defineResource, type AnyResource, type Diff, type Inputs, type Example } from "../../engine/resource.ts";
import { textLike, type Contents, type Schema } from "../../engine/schema.ts";
import type { Argv, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import type { FileFacts } from "../../engine/call/path-facts.ts";
import { stated } from "../_files/file.ts";
import { put, type Put } from "../_files/put.ts";

interface FileProps {
  readonly name: string;
  readonly content: Contents;
}

interface ConfigurationFile {
  readonly name: `systemd.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<FileProps>;
  readonly directory: string;
  /** Does what a file says, which is then added; what it refuses is not put in place. */
  readonly applies: Argv;
}

export const fileNameField = textLike(
  "Name of the file; `.conf` is added when it has no suffix.",
  /^[A-Za-z0-9][A-Za-z0-9:_.@-]*$/,
  "the name of a file",
);

/** A file that a program of systemd carries out: before it is in its place, so that a file it refuses never is. */
export function configurationFile({ directory, applies, ...verb }: ConfigurationFile): AnyResource {
  const pathOf = ({ name }: FileProps): string => `${directory}/${name.endsWith(".conf") ? name : `${name}.conf`}`;
  return defineResource<FileProps, Put, FileFacts>({
    ...put,
    ...verb,
    identity: pathOf,
    want: (props, source) =>
      stated({
        path: pathOf(props),
        type: "file",
        content: source.hold(props.content),
        mode: "0644",
        owner: "root",
        group: "root",
        parents: {},
        validate: [...applies, "%s"],
      }),
    async apply(want: Put, diff: Diff<FileFacts>, target: System, inputs: Inputs) {
      requireRoot(target, "system files");
      await put.apply(want, diff, target, inputs);
    },
  });
}
