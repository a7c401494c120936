import { expect, test } from "bun:test";
import { ChildSlots } from "../../../src/system/processes/child-slots.ts";

test("few descriptors let few children run at once, and the others in order", async () => {
  const slots = new ChildSlots(26);
  const order: string[] = [];
  const first = await slots.take();
  const second = await slots.take();
  const third = slots.take().then((slot) => (order.push("third"), slot));
  const fourth = slots.take().then((slot) => (order.push("fourth"), slot));
  await Promise.resolve();
  expect(order).toEqual([]);
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  for (const slot of await Promise.all([third, fourth])) slot[Symbol.dispose]();
  expect(order).toEqual(["third", "fourth"]);
});

test("one child can always run", async () => {
  using slot = await new ChildSlots(1).take();
  expect(slot).toBeDefined();
});
