import { expect, test } from "bun:test";
import fc from "fast-check";
import { renderTemplate } from "../../src/jinja/render.ts";
import { createRedactor } from "../../src/report/redact.ts";

/** What templates may do to a secret so that it can still be read. Digests of it may be seen. */
const FILTERS = [
  "s",
  "s | quote",
  "s | e",
  "s | urlencode",
  "s | to_json",
  "{'k': s} | to_json",
  "s | to_nice_json",
  "s | to_yaml",
  "{'k': s} | to_nice_yaml",
  "s | b64encode",
  "('user:' ~ s) | b64encode",
  "s | regex_escape",
  "[s]",
  "{'k': s}",
  "{'k': s} | xmlattr",
  "s | upper",
  "s | lower",
  "s | tojson",
  "s | string | trim",
];

test("whatever a filter of templates makes of a secret is taken out of what is told", () => {
  const secret = fc
    .stringMatching(/^[!-~ äß€\t]{8,40}$/u)
    .map((text) => text.trim())
    .filter((text) => text.length >= 8);
  fc.assert(
    fc.property(secret, fc.constantFrom(...FILTERS), (s, filter) => {
      const text = renderTemplate({
        source: `{{ ${filter} }}`,
        name: "t",
        vars: { s },
        load: () => "",
        patterns: { first: () => undefined, every: () => [] },
        readYaml: () => [],
        trimBlocks: true,
        lstripBlocks: false,
      });
      const redactor = createRedactor();
      redactor.add(Buffer.from(s));
      expect({ filter, text, clean: redactor.text(text) }).toMatchObject({
        clean: expect.stringContaining("(secret)"),
      });
    }),
    { seed: 24, numRuns: Number(process.env["SLOTH_FILTER_RUNS"] ?? 300) },
  );
});
