import { expect, test } from "bun:test";
import { HostList } from "../../src/engine/hosts.ts";
import type { Value } from "../../src/base/value.ts";
import { hostsPart } from "../../src/lua/hosts.ts";

test("hosts of a Lua table, which has no order, are listed by name: web2 before web10", async () => {
  const { functions } = hostsPart(new HostList());
  const scope = { task: "main", signal: new AbortController().signal };
  const call = async (name: string, argument: Value): Promise<unknown> => {
    const found = functions.find((one) => one.name === `hosts.${name}`);
    const answer = await found?.call([argument], { scope, location: { file: "site.lua", line: 1 } });
    return answer?.values[0];
  };
  const groups = { groups: ["web"] };
  await call("declare", { web10: groups, web2: groups, db1: {}, web1: groups });
  expect(await call("group", "web")).toEqual(["web1", "web2", "web10"]);
  expect(await call("names", null)).toEqual(["db1", "web1", "web2", "web10"]);
});
