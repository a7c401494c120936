import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeJson } from "../../src/base/formats/json-text.ts";
import { decodeToml } from "../../src/base/formats/toml-text.ts";
import { decodeYaml } from "../../src/base/formats/yaml-text.ts";
import { fromJson } from "../../src/jinja/json.ts";

/** What is read may be a secret: no message holds a word of it. */
const WORD = "Zq7kx9vlmp2wr8";

test.each([
  ["JSON", decodeJson],
  ["TOML", decodeToml],
  ["YAML", decodeYaml],
  ["JSON of a template", fromJson],
])(
  "property: what is wrong with a text of %s is told without quoting it",
  async (_, parse: (text: string) => unknown) => {
    const part = fc.constantFrom(
      WORD,
      "*",
      "!",
      "&",
      "%",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      "'",
      "\\",
      "|",
      "=",
      "\n",
      " ",
      "@",
      "`",
      "#",
      "-",
      "1",
      ".",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        try {
          await parse(`${WORD}${parts.join("")}${WORD}`);
          await parse(parts.join(""));
        } catch (error) {
          expect(error instanceof Error ? error.message.toLowerCase() : "").not.toContain(
            WORD.slice(0, 3).toLowerCase(),
          );
        }
      }),
      { numRuns: 500 },
    );
  },
);
