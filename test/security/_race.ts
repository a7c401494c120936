import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { needs } from "../support/needs.ts";
import { LU, SECRET, type Yard } from "./_yard.ts";

const SECONDS = Number(process.env["SLOTH_RACE_SECONDS"] ?? "2");
const SOURCE = resolve(import.meta.dir, "racer.c");
const compiler = Bun.which("gcc") ?? Bun.which("cc");
/** A test in which LU exchanges names all the while; `SLOTH_RACE_SECONDS` (default 2) long. */
export const racing = (title: string, body: () => Promise<void>): void =>
  needs(process.geteuid?.() === 0 && compiler !== null, "root and a C compiler")(title, body, SECONDS * 1000 + 60_000);

/** What LU does while we work. */
export type Attack =
  | readonly ["exchange", a: string, b: string, pauseUs: string]
  | readonly ["watch", directory: string, part: string, b: string];

/** On a busy machine a race takes longer to show that it is one. */
const LONGEST_MS = 30_000;

/**
 * Calls `turn` again and again while LU attacks, each time with another number; answers how often. Longer than SLOTH_RACE_SECONDS
 * only until `shown` says that names were exchanged in between.
 */
export async function race(
  attacks: readonly Attack[],
  turn: (n: number) => Promise<unknown>,
  shown: () => boolean = () => true,
): Promise<number> {
  using made = makeRacer();
  const racers = await Promise.all(attacks.map((attack) => start(made.program, attack)));
  let turns = 0;
  try {
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    for (; elapsed() < SECONDS * 1000 || (elapsed() < LONGEST_MS && !shown()); turns++) await turn(turns);
  } finally {
    for (const racer of racers) racer.kill("SIGKILL");
    await Promise.all(racers.map(({ exited }) => exited));
  }
  return turns;
}

/** In a directory that LU may enter; gone with the scope. */
function makeRacer(): Disposable & { readonly program: string } {
  const directory = fs.mkdtempSync("/tmp/sloth-racer-");
  fs.chmodSync(directory, 0o755);
  const program = join(directory, "racer");
  Bun.spawnSync([compiler ?? "cc", "-O2", "-o", program, SOURCE], { stderr: "inherit" });
  return { program, [Symbol.dispose]: () => fs.rmSync(directory, { recursive: true, force: true }) };
}

async function start(program: string, attack: Attack): Promise<ReturnType<typeof spawnRacer>> {
  const racer = spawnRacer(program, attack);
  const { value } = await racer.stdout.getReader().read();
  if (value === undefined) throw new Error(`the racer did not start: ${attack.join(" ")}`);
  return racer;
}

function spawnRacer(program: string, attack: Attack): Bun.Subprocess<"ignore", "pipe", "inherit"> {
  return Bun.spawn([program, String(LU), ...attack], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
}

/** Files outside of `crown` that LU can read and that hold what only root may. */
export function leaked(yard: Yard): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    const stat = fs.lstatSync(path);
    if (path === yard.crown) return;
    if (stat.isDirectory()) for (const name of fs.readdirSync(path)) visit(`${path}/${name}`);
    const isReadable = stat.uid === LU || (stat.mode & 0o004) !== 0;
    if (stat.isFile() && isReadable && fs.readFileSync(path, "utf8").includes(SECRET)) found.push(path);
  };
  visit(yard.root);
  return found;
}
