import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { RunEvent } from "../../src/engine/events.ts";
import { Secret } from "../../src/base/value.ts";
import { createRedactor, redacted } from "../../src/report/redact.ts";
import { createReporter } from "../../src/report/reporter.ts";
import { textSink } from "../../src/report/sink.ts";
import { resourceDone, samples } from "../support/events.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function knowing(...secrets: readonly string[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(bytes(secret));
  return redactor;
}

describe("a secret is found however it is written", () => {
  const secret = `p"ss wörd'&/+\\1`;
  const written: readonly (readonly [form: string, text: string])[] = [
    ["plain", `password is ${secret}.`],
    ["JSON", JSON.stringify({ password: secret })],
    ["JSON in JSON", JSON.stringify(JSON.stringify({ password: secret }))],
    ["URL", `https://ana:${encodeURIComponent(secret)}@db/`],
    ["the query of a URL", new URL(`http://h/?p=${secret}`).href],
    ["the path of a URL", Object.assign(new URL("http://h/"), { pathname: `/a/${secret}` }).href],
    ["form", new URLSearchParams({ p: secret }).toString()],
    ["shell", `curl -u 'ana:${secret.replaceAll("'", String.raw`'\''`)}'`],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64url", Buffer.from(secret).toString("base64url")],
    ["basic authorization", `Basic ${Buffer.from(`ana:${secret}`).toString("base64")}`],
    ["basic authorization of a longer name", `Basic ${Buffer.from(`anna:${secret}`).toString("base64")}`],
    ["base64 with what follows", Buffer.from(`x${secret}\nmore`).toString("base64")],
  ];
  test.each(written)("%s", (_form, text) => {
    const clean = knowing(secret).text(text);
    expect(clean).toContain("(secret)");
    expect(clean).not.toContain("rd'");
    expect(Buffer.from(clean, "base64").toString("latin1")).not.toContain("ss w");
  });
});

test("a value of several lines is found line by line, trimmed or not, and wrapped in base64", () => {
  const key = `-----BEGIN KEY-----\n${"abcdefgh".repeat(8)}\n${"ijklmnop".repeat(8)}\n-----END KEY-----\n`;
  const redactor = knowing(key);
  expect(redactor.text(`  ${"abcdefgh".repeat(8)}\r\n> ${"ijklmnop".repeat(8)}`)).toBe("  (secret)\r\n> (secret)");
  expect(redactor.text(key.trim())).toBe("(secret)");
  const wrapped =
    Buffer.from(key)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  expect(redactor.text(wrapped.join("\n"))).toBe(wrapped.map(() => "(secret)").join("\n"));
});

test("values under four bytes are left: the holes would tell more than they hide", () => {
  expect(knowing("abc", "", "\n").text("abc abcd")).toBe("abc abcd");
});

test("where one secret begins another, all of the longer one goes", () => {
  expect(knowing("pass", "password").text("password pass")).toBe("(secret) (secret)");
});

test("every text of an event is cleaned, keys and bytes too, and its form stays", () => {
  const redactor = knowing("update", "mode", "hunter22");
  const from = { hunter22: [bytes("xhunter22"), new Secret(bytes("hunter22"), "env")], n: 1 };
  const event = resourceDone(
    { name: "/x/hunter22", changes: [{ property: "mode", from, to: "hunter22" }] },
    { text: { path: "/etc/x", before: "mode", after: null }, task: "hunter22" },
  );
  expect(JSON.parse(JSON.stringify(redactor.event(event)))).toMatchObject({
    type: "resource_done",
    task: "(secret)",
    outcome: {
      action: "update",
      name: "/x/(secret)",
      changes: [{ property: "(secret)", from: { "(secret)": ["(secret)", "(secret)"], n: 1 }, to: "(secret)" }],
    },
    text: { path: "/etc/x", before: "(secret)", after: null },
  });
});

test("events without a secret in them come out as they went in", () => {
  const redactor = knowing("hunter22");
  for (const event of Object.values(samples).flat()) expect(redactor.event(event)).toEqual(event);
});

test("however a command's output is cut into pieces, no piece and no join of pieces shows the secret", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 4, maxLength: 12 }).filter((text) => text.trim() === text && Buffer.byteLength(text) >= 4),
      fc.array(fc.string({ maxLength: 6 }), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 }),
      (secret, around, cuts) => {
        const whole = around.join(secret);
        const told: string[] = [];
        const redactor = knowing(secret);
        const emit = redacted(redactor, (event) => event.type === "output" && told.push(event.text));
        for (let at = 0, i = 0; at < whole.length; i++) {
          const length = cuts[i % cuts.length] ?? 1;
          emit({ type: "output", task: "t", stream: "stdout", text: whole.slice(at, at + length) });
          at += length;
        }
        emit({ type: "task_done", task: "t", result: "ok", durationMs: 0 });
        expect(told.join("")).toBe(redactor.text(whole));
      },
    ),
  );
});

test("what was held back comes before anything else of its task, and of no other", () => {
  const told: string[] = [];
  const emit = redacted(knowing("hunter22"), (event) => told.push(event.type === "output" ? event.text : event.type));
  const piece = (text: string): RunEvent => ({ type: "output", task: "a", stream: "stdout", text });
  emit(piece("see hunt"));
  emit({ type: "notice", task: "b", message: "" });
  emit({ type: "task_done", task: "a", result: "ok", durationMs: 0 });
  expect(told).toEqual(["see ", "notice", "hunt", "task_done"]);
});

test.each(["human", "json"] as const)("nothing of a secret leaves the %s reporter", async (output) => {
  const [stdout, stderr] = [textSink(), textSink()];
  const redactor = knowing("hunter22");
  const reporter = await createReporter({
    output,
    verbosity: "verbose",
    diff: true,
    stdout,
    stderr,
    redactor,
    env: {},
  });
  const poisoned = JSON.stringify(Object.values(samples).flat(), (_key, value: unknown) =>
    typeof value === "bigint" || value instanceof Uint8Array ? "hunter22" : value,
  ).replaceAll(/(?<!")hosts|E_ACCESS|hello|denied|slow|db1/g, "hunter22");
  for (const event of JSON.parse(poisoned) as RunEvent[]) reporter.emit(event);
  await reporter.close();
  expect(stdout.text()).toContain("(secret)");
  expect((stdout.text() + stderr.text()).match(/.*hunter22.*/g) ?? []).toEqual([]);
});

describe("a large secret", () => {
  const encoded = Buffer.from(Array.from({ length: 90_000 }, (_, i) => (i * 7919) % 251)).toString("base64");
  const cases: [string, Uint8Array, string][] = [
    ["of one line", bytes(encoded), encoded],
    ["of many lines", bytes(encoded.match(/.{1,64}/g)?.join("\n") ?? ""), encoded.slice(64, 128)],
    ["of bytes", Buffer.from(encoded, "base64"), Buffer.from(encoded, "base64").toString("base64").slice(64, 140)],
    ["of a megabyte", bytes(encoded.repeat(10)), encoded.repeat(10)],
  ];
  test.each(cases)("%s is found, and everything else is told as fast as ever", (_, value, part) => {
    const redactor = createRedactor();
    redactor.add(value);
    expect(redactor.text(`<${part}>`)).toBe("<(secret)>");
    const began = performance.now();
    for (let i = 0; i < 10_000; i++) redactor.text(`file_ops.copy /srv/app/file-${i} is as it should be`);
    redactor.beginning("x".repeat(60_000));
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

test("property: many forms or few, what is taken out is the same", () => {
  const secret = fc.string({ minLength: 4, maxLength: 9, unit: fc.constantFrom("a", "b", "c", "(") });
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 5 }),
      fc.string({ maxLength: 40, unit: fc.constantFrom("a", "b", "c", "(") }),
      (secrets, text) => {
        const [few, many] = [
          knowing(...secrets),
          knowing(...secrets, ...Array.from({ length: 200 }, (_, i) => `${i}-never`)),
        ];
        expect(many.text(text)).toBe(few.text(text));
        for (const one of secrets) expect(few.text(text)).not.toContain(one);
      },
    ),
  );
});
