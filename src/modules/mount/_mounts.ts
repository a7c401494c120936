import { utf8Text } from "../../base/byte-text.ts";
import { isBelow } from "../../base/path.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { unescaped } from "./_fstab.ts";

/** A line of /proc/self/mountinfo. */
export interface Mount {
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
  readonly fstype: string;
  readonly source: string;
}

/** What is mounted, the uppermost last. */
export function mounts(target: ReadSystem): Promise<readonly Mount[]> {
  return target.cached("mountinfo", () => Promise.resolve(parseMounts(utf8Text(target.readFile(MOUNTINFO)))));
}

const MOUNTINFO = "/proc/self/mountinfo";

function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [own = "", behind = ""] = line.split(" - ");
    const [, , , root, point, options = ""] = own.split(" ");
    const [fstype = "", source = "", more = ""] = behind.split(" ");
    if (root === undefined || point === undefined) return [];
    const all = [...options.split(","), ...more.split(",")];
    return [{ root: unescaped(root), point: unescaped(point), options: all, fstype, source: unescaped(source) }];
  });
}

/** Whether a mount is of this source: a device, by a name of it too, a file behind a loop device, or a directory for a bind. */
export function isFrom(mount: Mount, src: string, all: readonly Mount[], target: ReadSystem): boolean {
  const device = deviceOf(src, target);
  if (mount.source === src || mount.source === device) return true;
  const loop = /^\/dev\/(loop\d+)$/.exec(mount.source)?.[1];
  if (loop !== undefined && target.stat(device)?.type === "file")
    return fileText(`/sys/block/${loop}/loop/backing_file`, target) === device;
  const below = mountOf(
    device,
    all.filter(({ point }) => point !== mount.point),
  );
  if (below === undefined || target.stat(device)?.type !== "directory") return false;
  const inside = device.slice(below.point === "/" ? 0 : below.point.length);
  return mount.root === (below.root === "/" ? inside || "/" : below.root + inside);
}

/** The one that a path is on. */
export function mountOf(path: string, all: readonly Mount[]): Mount | undefined {
  const over = all.filter(({ point }) => isBelow(path, point));
  return over.toSorted((a, b) => a.point.length - b.point.length).at(-1);
}

function deviceOf(src: string, target: ReadSystem): string {
  const [, by, value = ""] = /^(UUID|LABEL|PARTUUID|PARTLABEL)="?(.*?)"?$/.exec(src) ?? [];
  const path = by === undefined ? src : `/dev/disk/by-${by.toLowerCase()}/${value}`;
  return (path.startsWith("/") ? target.realPath(path) : null) ?? path;
}

function fileText(path: string, target: ReadSystem): string {
  return target.stat(path) === null ? "" : utf8Text(target.readFile(path)).trim();
}

/** null: it has ended, or is hidden from us. */
function linkOf(path: string, target: ReadSystem): string | null {
  try {
    return target.readLink(path);
  } catch (error) {
    if (error instanceof SlothError) return null;
    throw error;
  }
}

/** Programs that keep a mount busy, as far as /proc tells: "bash (pid 12)". */
export function keepersOf(point: string, target: ReadSystem): readonly string[] {
  const pids = target.list("/proc").filter((name) => /^\d+$/.test(name));
  const links = (pid: string): readonly (string | null)[] =>
    ["cwd", "root", "exe"].map((name) => linkOf(`/proc/${pid}/${name}`, target));
  return pids
    .filter((pid) => links(pid).some((path) => path !== null && path !== "/" && isBelow(path, point)))
    .map((pid) => `${fileText(`/proc/${pid}/comm`, target)} (pid ${pid})`);
}
