import { expect, test } from "bun:test";
import { Targets } from "../../../src/engine/target/targets.ts";
import { LocalTarget } from "../../../src/engine/target/local-target.ts";
import { openHost } from "../../../src/system/host.ts";
import { messageOf } from "../../support/thrown.ts";

const target = (name: string): LocalTarget => new LocalTarget(name, openHost({ mode: "read" }), false);

/** A host that is up, or not; each connection to it is another. */
function site() {
  const made: LocalTarget[] = [];
  const state = { isUp: true };
  const targets = new Targets(target("local"), async (host) => {
    if (!state.isUp) throw new Error(`${host} is down`);
    const one = target(host);
    made.push(one);
    return one;
  });
  return { targets, made, state };
}

test("a host is connected to once, and not tried again when it could not be reached", async () => {
  const { targets, made, state } = site();
  expect(await targets.for("web1")).toBe(await targets.for("web1"));
  state.isUp = false;
  expect(await messageOf(targets.for("web2"))).toMatch("web2 is down");
  state.isUp = true;
  expect(await messageOf(targets.for("web2"))).toMatch("web2 is down");
  expect(targets.open().map(({ host }) => host)).toEqual(["local", "web1"]);
  expect(made).toHaveLength(1);
});

test("a host that went and came back is another target from then on, and the one that went is no more", async () => {
  const { targets, made, state } = site();
  await targets.for("web1");
  state.isUp = false;
  expect(await messageOf(targets.renew("web1"))).toMatch("web1 is down");
  expect(targets.open().map(({ host }) => host)).toEqual(["local"]);
  state.isUp = true;
  const back = await targets.renew("web1");
  expect(await targets.for("web1")).toBe(back as LocalTarget);
  expect(made).toHaveLength(2);
  expect(targets.open().slice(1)).toEqual([back]);
});
