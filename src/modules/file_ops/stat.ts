import { octal } from "../../engine/call/path-facts.ts";
import { defineQuery } from "../../engine/resource.ts";
import { absolutePath, flag, object, withDefault, type Props } from "../../engine/schema.ts";
import type { ReadSystem } from "../../system/system.ts";
import { SlothError } from "../../base/errors.ts";

const schema = object({
  path: absolutePath("What to look at."),
  follow: withDefault(flag("Look at what a link leads to, not at the link."), false),
  checksum: withDefault(flag("Compute SHA-256 of a file's contents."), true),
});

type Asked = Props<typeof schema>;

/** Looks at a path. In plan, what an earlier change may have made and nobody can know is unknown. */
export const stat = defineQuery<Asked, { path: string; follow: boolean; checksum: boolean }>({
  name: "file_ops.stat",
  summary: "Tells what is at a path.",
  example: `
    local conf = file_ops.stat("/etc/app/app.conf")
    if conf.exists then
        print(conf.size, conf.mode, conf.owner, conf.checksum)
    end
  `,
  schema,
  positional: ["path"],
  returns:
    "{exists: boolean, type?: string, mode?: string, owner?: string, group?: string, uid?: integer, gid?: integer, " +
    "size?: integer, mtime?: number, atime?: number, ctime?: number, inode?: integer, links?: integer, target?: string, " +
    "checksum?: string}",
  want: ({ path, follow, checksum }) => ({ path, follow, checksum }),

  async read({ path, follow, checksum }, target) {
    const found = follow ? target.stat(path) : target.lstat(path);
    if (found === null) return absent(path, target);
    const { type, mode, uid, gid, size, mtimeMs, atimeMs, ctimeMs, ino, nlink } = found;
    return {
      exists: true,
      type,
      mode: octal(mode),
      owner: target.userName(uid),
      group: target.groupName(gid),
      uid,
      gid,
      size,
      mtime: mtimeMs / 1000,
      atime: atimeMs / 1000,
      ctime: ctimeMs / 1000,
      inode: ino,
      links: nlink,
      ...(type === "link" ? { target: target.readLink(path) } : {}),
      ...(type === "file" && checksum ? { checksum: await checksumOf(path, target) } : {}),
    };
  },
});

function absent(path: string, target: ReadSystem): { exists: boolean } {
  const because = target.unknownBecause({ kind: "path", name: path });
  if (because !== undefined) throw new SlothError("E_UNKNOWN", because);
  return { exists: false };
}

async function checksumOf(path: string, target: ReadSystem): Promise<string> {
  const digest = await target.digest(path);
  return digest.slice(digest.indexOf(":") + 1);
}
