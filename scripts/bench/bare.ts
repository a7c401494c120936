import { createHash } from "node:crypto";
import fs from "node:fs";
import gluePath from "wasmoon/dist/glue.wasm" with { type: "file" };

/*
 * What the work costs a bare Bun process, compiled as the program is:
 *   bare hello               nothing
 *   bare lua                 Lua is opened, as wasmoon opens it
 *   bare look SRC DEST N     what a copy with nothing to do has to look at, and no more
 *   bare write SRC DEST N    every file written to a temporary name, synced and renamed
 */
const [what, source = "", dest = "", count = "0"] = process.argv.slice(2);
const scratch = Buffer.allocUnsafe(65_536);

if (what === "hello") fs.writeSync(1, "hello\n");
else if (what === "lua") {
  const { LuaFactory } = await import("wasmoon");
  await (await new LuaFactory(gluePath).createEngine()).doString("x = 1");
} else for (let i = 1; i <= Number(count); i++) (what === "look" ? look : write)(`f${i}.conf`);

function look(name: string): void {
  fs.statSync(`${source}/${name}`);
  const wanted = digest(`${source}/${name}`);
  fs.lstatSync(`${dest}/${name}`);
  if (digest(`${dest}/${name}`) !== wanted) throw new Error(`${name} differs`);
}

function digest(path: string): string {
  const fd = fs.openSync(path, fs.constants.O_RDONLY);
  const size = fs.readSync(fd, scratch, 0, fs.fstatSync(fd).size, null);
  fs.closeSync(fd);
  return createHash("sha256").update(scratch.subarray(0, size)).digest("hex");
}

function write(name: string): void {
  const bytes = fs.readFileSync(`${source}/${name}`);
  const fd = fs.openSync(`${dest}/.${name}.tmp`, "wx", 0o644);
  fs.writeSync(fd, bytes);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  fs.renameSync(`${dest}/.${name}.tmp`, `${dest}/${name}`);
}
