import { afterAll } from "bun:test";
import { typesOf } from "../../src/engine/undo/find-drift.ts";
import { modules } from "../../src/modules/registry.ts";
import { conforms, keepsSecrets } from "../conformance/conform.ts";
import { fileCases } from "../conformance/file-cases.ts";
import { thisMachine } from "../conformance/this-machine.ts";
import { asRoot } from "../support/needs-root.ts";

const BODY = "body";
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request) => new Response(BODY, { status: (request.headers.get("x-token") ?? "") === "" ? 403 : 200 }),
});
afterAll(() => server.stop(true));

const types = typesOf(modules);
const cases = fileCases(`http://127.0.0.1:${server.port}/file`, Bun.SHA256.hash(BODY, "hex"));

for (const [name, one] of Object.entries(cases)) {
  const type = types.get(name);
  if (type === undefined) throw new Error(`there is no ${name}`);
  asRoot(
    `${name}: plan is the truth, a run does that once, and puts back what was changed by hand`,
    async () => {
      using machine = thisMachine();
      await conforms(type, one, machine);
    },
    300_000,
  );
  for (const how of one.arrived === undefined ? [] : (["sensitive", "secret"] as const)) {
    if (how === "secret" && one.onlySensitive) continue;
    asRoot(
      `${name}: what is ${how} is seen nowhere`,
      async () => {
        using machine = thisMachine();
        await keepsSecrets(type, one, machine, how);
      },
      300_000,
    );
  }
}
