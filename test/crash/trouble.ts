import { cpSync, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BINARY, run } from "../support/binary.ts";
import { commandOf, faultsAfter, halfWritten, leftIn, plant, sloth } from "./site.ts";

/** Root that may mount: for the file systems of our own. */
export const mayMount = process.geteuid?.() === 0 && run(["sh", "-c", "command -v mount >/dev/null"]).code === 0;

/** A disk with so many KiB left for files and database: the run fails or not, and once there is room all is done. */
export function fullDisk(kib: number): readonly string[] {
  return mounted("size=64m", (root, remount) => {
    const site = plant(root);
    const { blocks, bfree, bsize } = statfsSync(root);
    remount(`size=${((blocks - bfree) * bsize) / 1024 + kib}k`);
    const full = sloth(site);
    const faults = [...halfWritten(site)];
    if (full.code !== 0 && full.stderr + full.stdout === "") faults.push("a full disk was not told");
    remount("size=64m");
    return [...faults, ...faultsAfter(site)];
  });
}

/** A database that nobody may write any more: refused with 73 before anything is changed. */
export function readOnlyDatabase(): readonly string[] {
  const site = plant();
  const place = dirname(site.db);
  try {
    return mountedAt(place, "size=16m", (remount) => {
      run([BINARY, "stack", "new", "site", "--db", site.db]);
      remount("ro");
      const refused = sloth(site);
      const faults = [...halfWritten(site)];
      if (refused.code !== 73 || !refused.stderr.includes(site.db))
        faults.push(`ended with ${refused.code}: ${refused.stderr}`);
      if (existsSync(join(site.root, "restarts"))) faults.push("something was done all the same");
      remount("rw");
      return [...faults, ...faultsAfter(site)];
    });
  } finally {
    rmSync(site.root, { recursive: true });
  }
}

/** Copies of the database's directory while a run is at work, each of one instant, as a power cut would leave it. */
export async function copies(count: number, random: () => number): Promise<readonly string[]> {
  const faults: string[] = [];
  for (let taken = 0; taken < count;) {
    const site = plant();
    const child = Bun.spawn([...commandOf(site)], { cwd: site.root, stdout: "ignore", stderr: "ignore" });
    await Bun.sleep(20 + random() * 120);
    const place = dirname(site.db);
    const aside = join(site.root, "aside");
    if (child.exitCode === null && existsSync(site.db)) {
      child.kill("SIGSTOP");
      cpSync(place, aside, { recursive: true });
      child.kill("SIGKILL");
      await child.exited;
      rmSync(place, { recursive: true });
      cpSync(aside, place, { recursive: true });
      const left = leftIn(site);
      faults.push(...(left !== null && left.integrity !== "ok" ? [left.integrity] : []), ...faultsAfter(site));
      taken++;
    }
    child.kill("SIGKILL");
    await child.exited;
    rmSync(site.root, { recursive: true });
  }
  return faults;
}

function mounted<T>(options: string, work: (root: string, remount: (options: string) => void) => T): T {
  const root = mkdtempSync(join(tmpdir(), "sloth-crash-disk-"));
  try {
    return mountedAt(root, options, (remount) => work(root, remount));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function mountedAt<T>(place: string, options: string, work: (remount: (options: string) => void) => T): T {
  const must = (argv: readonly string[]): void => {
    const ran = run(argv);
    if (ran.code !== 0) throw new Error(`${argv.join(" ")}: ${ran.stderr}`);
  };
  must(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]);
  try {
    return work((changed) => must(["mount", "-o", `remount,${changed}`, place]));
  } finally {
    must(["umount", place]);
  }
}
