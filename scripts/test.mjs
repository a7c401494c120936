import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { count, printSummary } from "./test-summary.mjs";

/**
 * The tests of a checkout: `npm test`, or some steps by name. Every step runs whatever the one before said, so that one look
 * shows all that is wrong; only an install that fails ends it. Each leaves a JUnit file under dist/test.
 * Plain Node, because a fresh checkout has no Bun.
 */
const RESULTS = "dist/test";
const apart = ["program", "lab", "surroundings"]; // these test the built program
const steps = {
  install: ["node", "scripts/install.mjs"],
  format: ["oxfmt", "--check", "."],
  lint: ["oxlint", "--type-aware", "--deny-warnings"],
  types: ["tsc", "-p", "."],
  exports: ["knip-bun"],
  source: bunTest("source", "test", "--path-ignore-patterns", `test/{${apart.join(",")}}/**`),
  build: ["npm", "run", "--silent", "build"],
  ...Object.fromEntries(apart.map((name) => [name, bunTest(name, `test/${name}`)])),
};
const asked = process.argv.slice(2);
const names =
  asked.length > 0 ? asked : ["install", "format", "lint", "types", "exports", "source", "build", "program"];

mkdirSync(RESULTS, { recursive: true });
let succeeded = true;
for (const name of names) {
  const ok = step(name);
  succeeded &&= ok;
  if (name === "install" && !ok) break;
}
printSummary(names.map(resultFile).filter(existsSync));
process.exitCode = succeeded ? 0 : 1;

function step(name) {
  const argv = steps[name];
  if (argv === undefined) throw new Error(`${name}: no such step; known are ${Object.keys(steps).join(", ")}`);
  console.log(`\n> ${name}: ${argv.join(" ")}`);
  const file = resultFile(name);
  rmSync(file, { force: true });
  const { status, error } = spawnSync(argv[0], argv.slice(1), { stdio: "inherit" });
  if (error !== undefined) console.error(error.message);
  if (!existsSync(file)) writeFileSync(file, oneTest(name, status === 0));
  else if (status !== 0 && count([file]).failed.length === 0) {
    // Something outside of any test went wrong.
    writeFileSync(file, readFileSync(file, "utf8") + oneTest(`${name}: exit code ${status}`, false));
  }
  return status === 0;
}

function bunTest(name, ...argv) {
  // Bun's own limit of 5 s a test is for a machine that does nothing else.
  return ["bun", "test", "--timeout=60000", ...argv, "--reporter=junit", `--reporter-outfile=${resultFile(name)}`];
}

function resultFile(name) {
  return `${RESULTS}/${name}.xml`;
}

function oneTest(name, passed) {
  return `<testsuites><testcase name="${name}">${passed ? "" : "<failure/>"}</testcase></testsuites>\n`;
}
