import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ValueObject } from "../../src/base/value.ts";
import { Patterns } from "../../src/modules/_kit/patterns.ts";
import { FILTERS } from "../../src/jinja/filters.ts";
import { TESTS } from "../../src/jinja/tests.ts";
import { readYaml } from "../../src/jinja/yaml-reader.ts";
import { renderTemplate } from "../../src/jinja/render.ts";

interface Recorded {
  readonly template: string;
  readonly vars: ValueObject;
  readonly beside?: Readonly<Record<string, string>>;
  /** null: Ansible refused. */
  readonly made: string | null;
}

const recorded: readonly Recorded[] = JSON.parse(readFileSync(join(import.meta.dir, "ansible/template.json"), "utf8"));

const patterns = new Patterns();

function render(source: string, vars: ValueObject = {}, beside: Readonly<Record<string, string>> = {}): string {
  const load = (name: string): string | undefined => beside[name];
  return renderTemplate({
    source,
    name: "main.j2",
    vars,
    load,
    patterns,
    readYaml,
    trimBlocks: true,
    lstripBlocks: false,
  });
}

/** ansible-core 2.19 drops the newline after a value that is no text when nothing else is printed; others keep it, as we do. */
function isValueAlone(template: string, made: string | null): boolean {
  return made !== null && template.endsWith("\n") && !made.endsWith("\n");
}

describe("makes what Ansible makes of", () => {
  for (const { template, vars, beside, made } of recorded) {
    test(JSON.stringify(template), () => {
      if (made === null)
        expect(() => render(template, vars, beside)).toThrow(expect.objectContaining({ code: "E_TEMPLATE" }));
      else expect(render(template, vars, beside)).toBe(isValueAlone(template, made) ? `${made}\n` : made);
    });
  }
});

const filters: { readonly vars: ValueObject; readonly cases: readonly { expression: string; made: string | null }[] } =
  JSON.parse(readFileSync(join(import.meta.dir, "ansible/filters.json"), "utf8"));

describe("filters, tests and operators make what Ansible's make", () => {
  // By what they begin with: a test each would be thousands.
  const groups = Map.groupBy(filters.cases, ({ expression }) => /\||\bis\b/.exec(expression)?.[0] ?? "alone");
  for (const [kind, cases] of groups) {
    test(`${cases.length} with ${kind}`, () => {
      const made = cases.map(({ expression }) => [expression, evaluated(expression)]);
      expect(made).toEqual(cases.map(({ expression, made: recordedText }) => [expression, recordedText]));
    });
  }
});

/** null: refused. */
function evaluated(expression: string): string | null {
  try {
    return render(`={{ ${expression} }}`, filters.vars).slice(1);
  } catch (error) {
    expect(error).toMatchObject({ code: "E_TEMPLATE" });
    return null;
  }
}

test("every filter and test we have is among what was recorded", () => {
  const used = filters.cases.map(({ expression }) => expression).join("\n");
  const unseen = [...Object.keys(FILTERS), ...Object.keys(TESTS)].filter(
    (name) => /^\w/.test(name) && !new RegExp(`(\\||is|map\\(')\\s*(not )?${name}\\b`).test(used),
  );
  expect(unseen).toEqual([]);
});

describe("says where and what is wrong", () => {
  const CASES: readonly (readonly [template: string, said: string])[] = [
    ["a\n\nport {{ port }}\n", "main.j2:3: 'port' is undefined"],
    ["{{ app.port }}", "main.j2:1: 'app.port' is undefined"],
    ["{{ app.nothing.deep }}", "main.j2:1: 'app.nothing' is undefined"],
    ["{% for x in app.list %}{{ x.name }}{% endfor %}", "main.j2:1: 'app.list' is undefined"],
    ["\n{% if a %}x{% endif %}", "main.j2:2: 'a' is undefined"],
    ["{{ 'x' | uper }}", "main.j2:1: there is no filter 'uper'; did you mean 'upper'?"],
    ["{{ 1 + 'a' }}", "main.j2:1: '+' does not work with int and str; join texts with ~"],
    ["\n{% for x in y %}", "main.j2:2: {% for %} is not closed, expected {% else %} or {% endfor %}"],
    ["{% if true %}{% endfor %}", "{% if %} is closed by {% endfor %}"],
    ["{{ a b }}", "main.j2:1: found 'b', expected '}}'"],
    ["x {{ a", "main.j2:1: {{ is not closed with }}"],
    ["{% include 'part' %}", "part:2: 'inner' is undefined"],
    ["{% include 'none' %}", "there is no template 'none' beside main.j2"],
    ["{% include 'main' %}", "more than 200 templates"],
    ["{{ [1, 2] | join(x=1) }}", "filter 'join': does not know 'x'"],
    ["{{ 'a' | regex_replace('a++', '') }}", "possessive"],
  ];
  for (const [template, said] of CASES) {
    test(JSON.stringify(template), () => {
      const beside = { part: "\n{{ inner }}", main: "{% include 'main' %}" };
      expect(() => render(template, { app: { name: "x" } }, beside)).toThrow(said);
    });
  }
});

test("whole numbers beyond 2^53 stay whole", () => {
  expect(render("{{ n }} {{ n + 1 }}", { n: 9007199254740993n })).toBe("9007199254740993 9007199254740994");
});

test("long lists are told apart", () => {
  const list = "range(20000)|list";
  const filters = `{{ (${list}) | union(${list}) | length }} {{ (${list}) | difference(${list}) | length }} {{ (${list}) | unique | length }}`;
  expect(render(filters)).toBe("20000 0 20000");
});

test("bytes that are no text are refused by their name", () => {
  expect(() => render("x", { app: { key: new Uint8Array([0xff]) } })).toThrow("app.key is not UTF-8 text");
});

test("a template nested beyond measure is an error, not a crash", () => {
  expect(() => render(`{{ ${"(".repeat(100_000)}1${")".repeat(100_000)} }}`)).toThrow("main.j2 is nested too deeply");
});

test("names of JavaScript's own are nothing", () => {
  expect(() => render("{{ d.constructor }}", { d: {} })).toThrow("'d.constructor' is undefined");
  expect(() => render("{{ 'x'.constructor }}")).toThrow("undefined");
  expect(render("{{ d.__proto__ }}", { d: JSON.parse('{"__proto__": "own"}') as ValueObject })).toBe("own");
});

test("lstrip_blocks takes the blanks before a block that begins a line", () => {
  const made = renderTemplate({
    source: "a\n  {% if true %}\n  b\n  {% endif %}\nc {% if true %}d{% endif %}\n",
    name: "main.j2",
    vars: {},
    load: () => undefined,
    patterns,
    readYaml,
    trimBlocks: true,
    lstripBlocks: true,
  });
  expect(made).toBe("a\n  b\nc d\n");
});
