import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const folder = resolve(import.meta.dir, "../../scripts/launcher");
const compilers = ["x86_64-linux-gnu-gcc", "aarch64-linux-gnu-gcc"];

needs(
  compilers.every((name) => Bun.which(name) !== null),
  compilers.join(" and "),
)(
  "the launchers in the project are what their source compiles to",
  () => {
    using dir = temporaryDirectory();
    const compile = Bun.spawnSync([join(folder, "build.sh"), dir.path], { stderr: "inherit" });
    expect(compile.exitCode).toBe(0);
    for (const name of ["x64.bin", "arm64.bin"]) {
      expect(readFileSync(join(dir.path, name)).equals(readFileSync(join(folder, name)))).toBe(true);
    }
  },
  240_000,
);
