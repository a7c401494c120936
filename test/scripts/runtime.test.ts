import { expect, test } from "bun:test";
import lock from "../../package-lock.json" with { type: "json" };
import { checkRuntime } from "../../scripts/runtime.ts";
import { targets } from "../../scripts/targets.ts";

test("a runtime that is not the one written down is refused, for every build there is", () => {
  for (const { runtime } of Object.values(targets))
    expect(() => checkRuntime(runtime, Buffer.from("TAMPERED"))).toThrow(
      `@oven/${runtime} ${lock.packages["node_modules/bun"].version} is not what`,
    );
  expect(() => checkRuntime("bun-linux-vax", Buffer.from(""))).toThrow("nothing is written down to hold it to");
});
