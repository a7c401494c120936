import type { FileFacts } from "../../engine/call/path-facts.ts";
import { pathFrom } from "../../base/path.ts";
import type { Digest } from "../../base/digest.ts";
import { defineResource, type Source, type TargetLook } from "../../engine/resource.ts";
import { absolutePath, object, path, type Props } from "../../engine/schema.ts";
import { isObject } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { read } from "../_files/read.ts";
import { missing, stated } from "../_files/file.ts";
import { put, type Put } from "../_files/put.ts";
import { stat } from "./stat.ts";

const schema = object({
  src: absolutePath("The file on the host."),
  dest: path(
    "The file here, relative to the workflow file; with a trailing slash a directory, in which it goes to HOST/SRC.",
  ),
});

/** `dest` is absolute after `expand`, and the contents are known of a file that is on another host. */
type Fetch = Props<typeof schema> & {
  readonly bytes?: string | Uint8Array | undefined;
  readonly digest?: Digest | undefined;
};

/** Keeps a copy, on this machine, of a file of the host. */
export const fetch = defineResource<Fetch, Put, FileFacts>({
  ...put,
  name: "file_ops.fetch",
  summary: "Copies a file from the host to this machine.",
  example: `
    -- With \`delegate_to\` from another host; here from this one.
    file_ops.fetch{ src = "/etc/os-release", dest = "fetched/" }
  `,
  schema,
  local: true,

  async expand({ src, dest }, source, target) {
    const host = target.host === "local" ? "localhost" : target.host;
    const file = pathFrom(source.workflowDirectory, dest.endsWith("/") ? `${dest}${host}${src}` : dest);
    if (target.host !== "local") return [{ src, dest: file, ...(await contentsOn(target, src, file, source)) }];
    if (source.stat(src)?.type !== "file") throw missing(source, `${src} is not a file`);
    return [{ src, dest: file }];
  },

  identity: (props) => props.dest,

  async want({ src, dest, bytes, digest }, source) {
    const content = bytes === undefined ? (digest ?? (await source.holdFile(src))) : source.hold(bytes);
    return stated({ path: dest, type: "file", content, parents: {}, follow: true });
  },
});

/** What a file of another host holds; its digest alone when the file here is equal, for then nobody will ask for more. */
async function contentsOn(
  target: TargetLook,
  src: string,
  file: string,
  source: Source,
): Promise<Pick<Fetch, "bytes" | "digest">> {
  const found = await target.ask(stat, { path: src, follow: true, checksum: !source.sensitive });
  if (!isObject(found) || found["type"] !== "file")
    throw new SlothError("E_NOT_FOUND", `${src} is not a file on ${target.host}`);
  const here = source.stat(file)?.type === "file" && !source.sensitive ? await source.digest(file) : undefined;
  const sum = typeof found["checksum"] === "string" ? (`sha256:${found["checksum"]}` as const) : undefined;
  if (sum !== undefined && here === sum) return { digest: sum };
  if (sum !== undefined) return { digest: source.holdStream(sum, () => target.open(src)) };
  const bytes = await target.ask(read, { path: src, relative: false });
  if (typeof bytes === "string" || bytes instanceof Uint8Array) return { bytes };
  throw new SlothError("E_IO", `${src} on ${target.host} could not be read`);
}
