import Ajv from "ajv";
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "../../src/cli/command.ts";
import { commands } from "../../src/commands/index.ts";
import schema from "../../docs/events.schema.json" with { type: "json" };
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temp.ts";

const valid = new Ajv({ strict: false }).compile(schema);

/** The words of every command that prints JSON where that is asked for. */
async function jsonCommands(table: Table, prefix: readonly string[] = []): Promise<string[][]> {
  const found = Object.entries(table).map(async ([name, entry]): Promise<string[][]> => {
    if (typeof entry !== "function") return jsonCommands(entry.commands, [...prefix, name]);
    return "output" in (await entry()).default.arguments ? [[...prefix, name]] : [];
  });
  return (await Promise.all(found)).flat();
}

const last = (stdout: string): unknown => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");

describe("an error under --output json is an event of its own, as the schema says", () => {
  test("of every command", async () => {
    const all = await jsonCommands(commands);
    expect(all.length).toBeGreaterThan(20);
    for (const words of all) {
      for (const flag of [["--output", "json"], ["--output=json"]]) {
        const { code, stdout, stderr } = await runLine([...words, ...flag, "--surely-unknown"]);
        expect({ words, code, isSaid: stderr.includes("unknown flag") }).toEqual({ words, code: 64, isSaid: true });
        const told = JSON.parse(stdout) as unknown;
        expect({ words, isValid: valid(told), told }).toMatchObject({
          isValid: true,
          told: { type: "error", exitCode: 64, error: { code: "E_USAGE" } },
        });
      }
    }
  });

  test("with its place, what to do, and every mistake of several", async () => {
    const here = temporaryDirectory();
    const file = join(here, "w.lua");
    writeFileSync(file, "prnt(1)\nfile_ops.cpy{}\n");
    const { code, stdout } = await runLine(["run", file, "--db", join(here, "s.db"), "--output", "json"]);
    const told = last(stdout);
    expect({ code, isValid: valid(told), told }).toMatchObject({
      code: 65,
      isValid: true,
      told: {
        type: "error",
        error: { code: "E_MISTAKES" },
        mistakes: [{ location: { line: 1 }, hint: "did you mean 'print'?" }, { location: { line: 2 } }],
        exitCode: 65,
      },
    });
    const unknown = await runLine(["stack", "show", "web", "--db", join(here, "none.db"), "--output", "json"]);
    expect(last(unknown.stdout)).toMatchObject({ type: "error", error: { code: "E_STACK_UNKNOWN" }, exitCode: 1 });
  });

  test("and none where nobody asked, nor after --", async () => {
    expect((await runLine(["stack", "list", "--nope"])).stdout).toBe("");
    expect((await runLine(["state", "get", "--nope", "--", "--output", "json"])).stdout).toBe("");
  });
});
