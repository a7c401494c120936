import { utf8Text } from "../../base/byte-text.ts";
import { nameIn } from "../../base/path.ts";
import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import type { ReadSystem } from "../../system/system.ts";

/** What is mounted, in the order of the kernel's table; bytes where `df` tells them. */
export async function mounted(target: ReadSystem): Promise<readonly ValueObject[]> {
  const space = await spaces(target);
  const lines = textOf("/proc/self/mounts", target).split("\n");
  return lines.flatMap((line) => {
    const [source, path, fstype, options] = line.split(" ").map(unescaped);
    if (source === undefined || path === undefined || fstype === undefined) return [];
    return [{ source, path, fstype, options: options?.split(",") ?? [], ...space.get(path) }];
  });
}

/** A table of which each line ends with the path. Some file systems answer nothing, so its exit code does not matter. */
async function spaces(target: ReadSystem): Promise<ReadonlyMap<string, ValueObject>> {
  if (target.which("df") === null) return new Map();
  const { stdout } = await target.query(["df", "-P", "-k"], { env: { LC_ALL: "C" } });
  const rows = utf8Text(stdout).matchAll(/^.*\s(\d+)\s+(\d+)\s+(-?\d+)\s+\S+\s+(\/.*)$/gm);
  return new Map(
    Array.from(rows, ([, size, , available, path = ""]) => [
      path,
      { size: Number(size) * 1024, available: Number(available) * 1024 },
    ]),
  );
}

/** Disks and what is on them, by name, as the kernel shows them in /sys/block. */
export function devices(target: ReadSystem): readonly ValueObject[] {
  const uuids = linksIn("/dev/disk/by-uuid", target);
  const labels = linksIn("/dev/disk/by-label", target);
  const known = (name: string): ValueObject => plainFacts({ uuid: uuids.get(name), label: labels.get(name) });
  return namesIn("/sys/block", target).map((name) => {
    const at = `/sys/block/${name}`;
    const parts = namesIn(at, target).filter((part) => target.stat(`${at}/${part}/partition`) !== null);
    return {
      name,
      path: `/dev/${name}`,
      size: Number(textOf(`${at}/size`, target)) * SECTOR,
      removable: textOf(`${at}/removable`, target) === "1",
      read_only: textOf(`${at}/ro`, target) === "1",
      rotational: textOf(`${at}/queue/rotational`, target) === "1",
      model: textOf(`${at}/device/model`, target),
      ...known(name),
      partitions: parts.map((part) => ({
        name: part,
        path: `/dev/${part}`,
        size: Number(textOf(`${at}/${part}/size`, target)) * SECTOR,
        ...known(part),
      })),
    };
  });
}

/** The kernel counts in these, whatever the device's own are. */
const SECTOR = 512;

/** What each device is called there. */
function linksIn(directory: string, target: ReadSystem): ReadonlyMap<string, string> {
  const links = namesIn(directory, target).filter((name) => target.lstat(`${directory}/${name}`)?.type === "link");
  return new Map(
    links.map((name) => [
      nameIn(target.readLink(`${directory}/${name}`)),
      name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    ]),
  );
}

/** A blank in a path is \040 there. */
function unescaped(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function namesIn(directory: string, target: ReadSystem): readonly string[] {
  return target.stat(directory)?.type === "directory" ? target.list(directory) : [];
}

function textOf(path: string, target: ReadSystem): string {
  return target.stat(path)?.type === "file" ? utf8Text(target.readFile(path)).trim() : "";
}
