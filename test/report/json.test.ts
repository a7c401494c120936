import { expect, test } from "bun:test";
import Ajv from "ajv";
import type { RunEvent } from "../../src/engine/events.ts";
import { jsonReader } from "../../src/report/json.ts";
import { textSink } from "../../src/report/sink.ts";
import schema from "../../docs/events.schema.json" with { type: "json" };
import { resourceDone, samples } from "../support/events.ts";

const valid = new Ajv({ strict: false }).compile(schema);

function told(...events: readonly RunEvent[]): string {
  const sink = textSink();
  const emit = jsonReader(sink, () => new Date(0));
  for (const event of events) emit(event);
  return sink.text();
}

test.each(Object.entries(samples))("%s is as the schema says", (_type, events) => {
  for (const event of events) {
    const accepted = valid(JSON.parse(told(event)));
    expect(valid.errors ?? []).toEqual([]);
    expect(accepted).toBe(true);
  }
});

test("the schema refuses an event with a field it does not describe", () => {
  expect(valid({ ...JSON.parse(told(samples.output[0] ?? resourceDone())), extra: 1 })).toBe(false);
});

test("one line an event, with version, time and type first", () => {
  expect(told(...samples.output, ...samples.notice)).toBe(
    '{"v":1,"at":"1970-01-01T00:00:00.000Z","type":"output","task":"web","stream":"print","text":"hello\\n"}\n' +
      '{"v":1,"at":"1970-01-01T00:00:00.000Z","type":"notice","task":"web","message":"os.execute is not done in plan"}\n',
  );
});

test("what JSON has no word for is written so that it can be read back", () => {
  const to = { big: 9007199254740993n, bytes: new Uint8Array([0xff, 0x00]), inf: Infinity };
  expect(told(resourceDone({ changes: [{ property: "p", from: null, to }] }))).toContain(
    '"to":{"big":{"$int":"9007199254740993"},"bytes":{"$bytes":"/wA="},"inf":{"$number":"Infinity"}}',
  );
});

test("a name that is not UTF-8 is valid JSON and valid UTF-8", () => {
  expect(told(resourceDone({ name: "/tmp/a\udcff" }))).toContain('"name":"/tmp/a\\\\xff"');
});
