import { defineResource } from "../../engine/resource.ts";
import { absolutePath, object, path, type Props } from "../../engine/schema.ts";
import { missing, stated, type FileFacts } from "./_file.ts";
import { pathFrom } from "./_path.ts";
import { put, type Put } from "./_put.ts";

const schema = object({
  src: absolutePath("The file on the host."),
  dest: path(
    "The file here, relative to the workflow file; with a trailing slash a directory, in which it goes to HOST/SRC.",
  ),
});

/** `dest` is absolute after `expand`. */
type Fetch = Props<typeof schema>;

/** Keeps a copy, on this machine, of a file of the host. */
export const fetch = defineResource<Fetch, Put, FileFacts>({
  ...put,
  name: "file_ops.fetch",
  summary: "Copies a file from the host to this machine.",
  schema,
  reversed: true,

  expand(props, source) {
    const { src, dest } = props;
    const host = source.host === "local" ? "localhost" : source.host;
    return [{ src, dest: pathFrom(source.workflowDirectory, dest.endsWith("/") ? `${dest}${host}${src}` : dest) }];
  },

  identity: (props) => props.dest,

  async want({ src, dest }, source) {
    if (source.stat(src)?.type !== "file") throw missing(source, `${src} is not a file on ${source.host}`);
    return stated({ path: dest, type: "file", content: await source.holdFile(src), parents: {}, follow: true });
  },
});
