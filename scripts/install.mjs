import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Installs what package-lock.json names, if that is not what is there. Plain Node: it runs before there is a Bun. */
const STAMP = "node_modules/.installed-lock";
const wanted = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");
const installed = existsSync(STAMP) ? readFileSync(STAMP, "utf8") : "nothing";

if (installed !== wanted) {
  must("npm", ["ci"]);
  // npm may be told to run no install scripts, and it is Bun's own that puts its binary in place.
  if (spawnSync("node_modules/.bin/bun", ["--version"]).status !== 0)
    must(process.execPath, ["node_modules/bun/install.js"]);
  writeFileSync(STAMP, wanted);
}

function must(program, argv) {
  const { status, error } = spawnSync(program, argv, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${program} ${argv.join(" ")}: ${error?.message ?? `exit code ${status}`}`);
}
