import { expect, test } from "bun:test";
import { join } from "node:path";
import { bench } from "./_support.ts";

test("coroutines, errors, load and pairs print what Lua of its own prints", async () => {
  const { machine, printed } = await bench();
  const read = (name: string): Promise<Uint8Array> => Bun.file(join(import.meta.dir, "golden", name)).bytes();
  const scope = { task: "main", signal: new AbortController().signal };
  await machine.run(machine.load(await read("coroutines.lua"), "coroutines.lua"), [], scope);
  const expected = Buffer.from(await read("coroutines.txt")).toString();
  expect(`${printed.join("\n")}\n`).toBe(expected);
});
