import { expect, test } from "bun:test";
import { ended, head, intent, row } from "../samples.ts";
import { storeAt } from "../scratch.ts";

test("what undo asks of each of many resources does not walk all of them", async () => {
  const store = await storeAt();
  const [web, db] = [store.create("web"), store.create("db")];
  const rows = Array.from({ length: 3000 }, (_, index) => row(`/${index}`, { kind: "line" }));
  for (const stack of [web, db]) {
    const journal = stack.beginRun(head);
    for (const { host, kind, name } of rows) {
      const id = journal.intend(intent(name, { address: { host, kind, name } }));
      journal.done(id, { outcome: "create", changes: [], after: {}, row: row(name, { kind }), durationMs: 1 });
    }
    journal.end(ended);
  }
  const before = performance.now();
  const { alsoIn, digestsOf } = web.undoing();
  for (const one of rows) {
    expect(alsoIn(one)).toEqual(["db"]);
    expect(digestsOf([one]).length).toBe(1);
  }
  // Some 0.1 s; when each walked all of them 10.
  expect(performance.now() - before).toBeLessThan(4000);
}, 60_000);
