import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ValueObject } from "../../src/base/value.ts";
import { renderTemplate } from "../../src/jinja/render.ts";

interface Recorded {
  readonly template: string;
  readonly vars: ValueObject;
  readonly beside?: Readonly<Record<string, string>>;
  /** null: Ansible refused. */
  readonly made: string | null;
}

const recorded: readonly Recorded[] = JSON.parse(readFileSync(join(import.meta.dir, "ansible/template.json"), "utf8"));

function render(source: string, vars: ValueObject = {}, beside: Readonly<Record<string, string>> = {}): string {
  const load = (name: string): string | undefined => beside[name];
  return renderTemplate({ source, name: "main.j2", vars, load, trimBlocks: true, lstripBlocks: false });
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
    trimBlocks: true,
    lstripBlocks: true,
  });
  expect(made).toBe("a\n  b\nc d\n");
});
