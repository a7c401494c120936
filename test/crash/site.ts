import { addressText } from "../../src/base/address.ts";
import { Database } from "bun:sqlite";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, run, type Ran } from "../support/binary.ts";

/** A directory with old files, a workflow of 30 resources that puts new ones in place and restarts once they changed, and its database. */
export interface CrashSite {
  readonly root: string;
  readonly db: string;
}

export const RESOURCES = 30;
const COPIES = Array.from({ length: 20 }, (_, index) => `conf-${index}`);
const OLD = "old\n".repeat(200);
const NEW = "new\n".repeat(240);
const LINES = "first\nport=80\nlast\n";

export function plant(root = mkdtempSync(join(tmpdir(), "sloth-crash-"))): CrashSite {
  for (const name of ["w", "db"]) mkdirSync(join(root, name), { recursive: true });
  for (const name of COPIES.slice(0, 15)) writeFileSync(join(root, "w", name), OLD);
  writeFileSync(join(root, "w/lines"), LINES);
  writeFileSync(join(root, "w/unwanted"), OLD);
  writeFileSync(join(root, "new"), NEW);
  writeFileSync(join(root, "site.lua"), WORKFLOW);
  return { root, db: join(root, "db/s.db") };
}

/** Two tasks: what the first changes has to reach the second, which restarts. */
const WORKFLOW = `
workflow{ name = "site" }
local w = values.here .. "/w"
local changed = false
local function note(result) changed = changed or result.changed end
task{ name = "configure", run = function()
  changed = false
  for i = 1, 4 do note(file_ops.directory{ path = w .. "/d" .. i, mode = "0750" }) end
  for i = 0, 19 do note(file_ops.copy{ src = "new", dest = w .. "/conf-" .. i, mode = "0644" }) end
  note(file_ops.symlink{ src = w .. "/conf-1", dest = w .. "/link" })
  note(file_ops.lineinfile{ path = w .. "/lines", line = "port=8080", regexp = "^port=" })
  note(file_ops.blockinfile{ path = w .. "/lines", block = "block" })
  note(file_ops.remove{ path = w .. "/unwanted" })
  note(file_ops.touch{ path = w .. "/d1/touched" })
  note(file_ops.copy{ content = "motd", dest = w .. "/d2/motd" })
  if changed then exec.run{ cmd = "echo restart >> restarts", cwd = values.here } end
end }
`;

export function commandOf({ root, db }: CrashSite): readonly string[] {
  return [BINARY, "run", join(root, "site.lua"), "--db", db, "--set", `here=${root}`, "--output", "json"];
}

export function sloth(site: CrashSite, tracer: readonly string[] = []): Ran {
  return run([...tracer, ...commandOf(site)], { cwd: site.root });
}

function restarts({ root }: CrashSite): number {
  const path = join(root, "restarts");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

/** What is wrong with the files: each is as it was or as it will be. */
export function halfWritten({ root }: CrashSite): readonly string[] {
  const faults: string[] = [];
  const holds = (name: string, ...texts: readonly (string | null)[]): void => {
    const path = join(root, "w", name);
    const text = lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : readFileSync(path, "utf8");
    if (!texts.includes(text)) faults.push(`${name} is neither old nor new`);
  };
  COPIES.forEach((name, index) => holds(name, index < 15 ? OLD : null, NEW));
  const block = "# BEGIN ANSIBLE MANAGED BLOCK\nblock\n# END ANSIBLE MANAGED BLOCK\n";
  const port = LINES.replace("80", "8080");
  holds("lines", LINES, port, port + block);
  holds("unwanted", OLD, null);
  holds("d2/motd", null, "motd");
  holds("d1/touched", null, "");
  return faults;
}

export interface Left {
  /** "ok", or what SQLite says. */
  readonly integrity: string;
  /** Addresses with an intent and no outcome. */
  readonly inFlight: readonly string[];
}

/** What a killed run left in its database; null: there is none yet. */
export function leftIn({ db }: CrashSite): Left | null {
  if (!existsSync(db) || lstatSync(db).size === 0) return null;
  using database = new Database(db, { readwrite: true, create: false });
  const check = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get();
  const tables = database.query("SELECT 1 FROM sqlite_master WHERE name = 'changes'").get();
  const rows =
    tables === null
      ? []
      : database
          .query<{ host: string; kind: string; name: string }, []>(
            "SELECT host, kind, name FROM changes WHERE outcome IS NULL ORDER BY id",
          )
          .all();
  return { integrity: check?.integrity_check ?? "no answer", inFlight: rows.map(addressText) };
}

/** What is wrong with how the next runs go on from there. */
export function faultsAfter(site: CrashSite): readonly string[] {
  const faults = [...halfWritten(site)];
  const left = leftIn(site);
  if (left !== null && left.integrity !== "ok") faults.push(`the database is damaged: ${left.integrity}`);
  const before = restarts(site);
  const next = sloth(site);
  if (next.code !== 0) faults.push(`the next run ended with ${next.code}: ${next.stderr}`);
  const named = eventsOf(next).find(({ type }) => type === "interrupted_run")?.inFlight ?? [];
  for (const address of left?.inFlight ?? [])
    if (!named.includes(address)) faults.push(`${address} was in flight, not named`);
  const since = restarts(site) - before;
  if (restarts(site) === 0) faults.push("the restart that was owed did not happen");
  if (since > 1) faults.push(`it was restarted ${since} times`);
  const third = sloth(site);
  const done = eventsOf(third).find(({ type }) => type === "run_done")?.counts;
  if (third.code !== 0 || done?.unchanged !== RESOURCES)
    faults.push(`a third run was not unchanged: ${JSON.stringify(done)}`);
  if (restarts(site) !== before + since) faults.push("a third run restarted again");
  const verify = run([BINARY, "stack", "verify", "site", "--db", site.db]);
  if (verify.code !== 0) faults.push(`the history does not verify: ${verify.stdout}`);
  return faults;
}

interface Told {
  readonly type: string;
  readonly inFlight?: readonly string[];
  readonly counts?: { readonly unchanged: number };
}

function eventsOf({ stdout }: Ran): readonly Told[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Told => JSON.parse(line));
}
