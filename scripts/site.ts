import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { siteFiles } from "./docs/site.ts";

/** Makes the documentation one searchable site, to be opened from a disk or served as it is: `npm run site -- [DIR]`. */
const root = resolve(import.meta.dir, "..");
const to = resolve(process.argv[2] ?? join(root, "dist/site"));
rmSync(to, { recursive: true, force: true });
const files = await siteFiles(root);
for (const [path, contents] of files) {
  mkdirSync(dirname(join(to, path)), { recursive: true });
  writeFileSync(join(to, path), contents);
}
console.log(`${files.size} files; begin at ${join(to, "index.html")}`);
