import { describe, expect, test } from "bun:test";
import { typesOf } from "../../../src/engine/undo/find-drift.ts";
import { fileMaker, holdsContents } from "../../../src/engine/undo/makers.ts";
import { modules } from "../../../src/modules/registry.ts";

const types = typesOf(modules);
const kinds = [...new Set([...types.values()].map(({ kind }) => kind))].sort();

/** Parts of files, which go with their file, and what an archive held: each of its files is one. */
const WITHOUT = ["archive", "block", "hosts_entry", "limit", "line", "pin"];

describe("a kind has exactly one maker, the type that puts back what was there", () => {
  test.each(kinds)("%s", (kind) => {
    const makers = [...types.values()].filter((type) => type.kind === kind && type.undo?.restate !== undefined);
    expect(makers).toHaveLength(WITHOUT.includes(kind) ? 0 : 1);
  });

  test("of whole files it is the one type that knows what they hold, as a link and a directory do not", () => {
    const makers = [...types.values()].filter(({ undo }) => undo?.contentOf !== undefined);
    expect(makers.map(({ name }) => name)).toEqual(["file_ops.copy"]);
    const maker = fileMaker(types);
    const content = `sha256:${"0".repeat(64)}`;
    const facts = [{ type: "file", content }, { type: "file" }, { type: "link" }, { type: "directory" }];
    expect(facts.map((one) => maker?.undo?.contentOf?.(one))).toEqual([
      `sha256:${"0".repeat(64)}`,
      null,
      undefined,
      undefined,
    ]);
    expect(kinds.filter((kind) => holdsContents(kind, types))).toEqual(["file"]);
  });

  test("every maker can say of a bare name how it is looked at", () => {
    const makers = [...types.values()].filter(({ undo }) => undo?.restate !== undefined);
    const bare = makers.map(({ kind, undo }) => [kind, undo?.restate?.("/x", null) !== null]);
    expect(Object.fromEntries(bare)).toEqual({
      alternative: true,
      authorized_key: true,
      cron: true,
      cron_env: true,
      debconf: true,
      diversion: true,
      file: true,
      filesystem: true,
      firewall: true,
      firewall_policy: true,
      firewall_rule: true,
      group: true,
      hold: true,
      hostname: true,
      kernel_module: true,
      known_host: true,
      locale: true,
      mount: true,
      package: true,
      replace: false,
      repository: true,
      service: true,
      ssh_keypair: true,
      swap: true,
      sysctl: true,
      timer: true,
      timezone: true,
      unit: true,
      user: true,
    });
  });
});
