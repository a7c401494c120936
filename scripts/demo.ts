import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The point of it all in under a minute: declare, run, run again, change something by hand, run again. Needs no root. */
const directory = mkdtempSync(join(tmpdir(), "sloth-runner-demo-"));
const root = join(directory, "server");
const config = join(root, "etc/nginx/conf.d/example.conf");
const options = ["--set", `root=${root}`, "--db", join(directory, "stacks.db")];

try {
  say("A workflow declares a web site: examples/web-server/sloth.lua. The first run creates what is missing.");
  slothRunner("run");
  say("The second run finds everything as declared, and changes nothing.");
  slothRunner("run");

  const before = readFileSync(config, "utf8");
  say("Somebody edits one file by hand. A plan tells what a run would do about it:");
  writeFileSync(config, before.replace("listen 80", "listen 8080"));
  slothRunner("plan", "--diff");
  say("The next run puts just that back.");
  slothRunner("run");
  if (readFileSync(config, "utf8") !== before) throw new Error(`${config}: not put back`);
  say("The file is what it was. That is all there is to it; README.md goes on from here.");
} finally {
  rmSync(directory, { recursive: true });
}

function say(text: string): void {
  console.log(`\n# ${text}`);
}

function slothRunner(command: string, ...flags: string[]): void {
  const argv = [command, "examples/web-server/sloth.lua", ...options, ...flags];
  console.log(`$ sloth-runner ${argv.join(" ")}`);
  const { status } = spawnSync("dist/sloth-runner", argv, { stdio: "inherit" });
  if (status !== 0) throw new Error(`sloth-runner ${command}: exit code ${status}`);
}
