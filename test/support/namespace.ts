import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { needs } from "./needs.ts";

const source = resolve(import.meta.dir, "../../src");
const mayMount = Bun.which("unshare") !== null && Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;

/** A test that mounts file systems where nobody else sees them. */
export const mounting = needs(process.geteuid?.() === 0 && mayMount, "root who may mount");

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;
const mayBeNobody = Bun.which("setpriv") !== null && Bun.spawnSync([...NOBODY, "ls", source]).exitCode === 0;

/** A test that acts as the user nobody. */
export const unprivileged = needs(
  process.geteuid?.() === 0 && mayBeNobody,
  "root, setpriv, and a checkout that others may read",
);

/** As `inNamespace`, without one: the module runs as nobody. */
export function asNobody(module: string, root: string): Promise<unknown> {
  return answerOf([...NOBODY, process.execPath, "-e"], module, root);
}

/** Runs a test file once more, as nobody; what it said when it failed, else "". */
export function testAsNobody(file: string): string {
  const home = mkdtempSync(join(tmpdir(), "sloth-nobody-"));
  chownSync(home, 65534, 65534);
  const argv = [...NOBODY, process.execPath, "test", file];
  const { exitCode, stderr } = Bun.spawnSync(argv, { env: { ...process.env, HOME: home, TMPDIR: home } });
  rmSync(home, { recursive: true });
  return exitCode === 0 ? "" : stderr.toString();
}

/**
 * Runs a shell script that mounts things, then a module with `system` (apply), `plan`, `fs`, `failure` and `bytes` at hand, in a
 * namespace of their own that is gone afterwards. Answers with what the module gave to `tell`.
 */
export function inNamespace(setup: string, module: string, root: string): Promise<unknown> {
  const script = `set -e; ${setup}\nexec "$0" -e "$1"`;
  return answerOf(["unshare", "-m", "--propagation", "private", "sh", "-c", script, process.execPath], module, root);
}

async function answerOf(argv: readonly string[], module: string, root: string): Promise<unknown> {
  const program = `${PRELUDE.replaceAll("SOURCE", source).replaceAll("ROOT", root)}\n${module}`;
  const child = Bun.spawn([...argv, program], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [told, complaint] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode !== 0) throw new Error(complaint);
  return JSON.parse(told);
}

const PRELUDE = `
import * as fs from "node:fs";
import { openHost } from "SOURCE/system/host.ts";
const root = "ROOT";
const signal = new AbortController().signal;
const system = openHost({ mode: "apply" }).writer({ signal });
const plan = openHost({ mode: "plan" }).writer({ signal });
const bytes = (text) => Buffer.from(text);
const failure = (promise) => promise.then(() => "no error", (error) => error.code + ": " + error.message.replaceAll(root, "BASE"));
const read = (name) => fs.readFileSync(root + "/" + name, "utf8");
const tell = (value) => console.log(JSON.stringify(value));
`;
