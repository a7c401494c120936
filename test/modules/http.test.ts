import { afterAll, expect, test } from "bun:test";
import { http } from "../../src/modules/http/index.ts";
import { Secret } from "../../src/base/value.ts";
import { refusal } from "./_call.ts";
import { act, thisMachine } from "./_machine.ts";

const tries = new Map<string, number>();
const server: Bun.Server<undefined> = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const count = (tries.get(pathname) ?? 0) + 1;
    tries.set(pathname, count);
    if (pathname === "/flaky") return new Response("soon", { status: count < 3 ? 503 : 200 });
    if (pathname === "/denied") return new Response("no such token", { status: 403 });
    if (pathname === "/bytes") return new Response(new Uint8Array([255, 0]));
    if (pathname === "/broken") return new Response("{", { headers: { "content-type": "application/json" } });
    if (pathname === "/away") return Response.redirect(`http://localhost:${server.port}/echo`, 302);
    if (pathname === "/moved") return Response.redirect("/echo", 307);
    if (pathname === "/seen") return Response.redirect("/echo", 303);
    if (pathname === "/ftp") return Response.redirect("ftp://127.0.0.1/x?key=pa/ss", 302);
    if (pathname === "/loop") return Response.redirect("/loop", 302);
    if (pathname === "/slow") return new Promise<Response>(() => {});
    return Response.json({
      method: request.method,
      headers: request.headers,
      body: await request.text(),
      nothing: null,
    });
  },
});
afterAll(() => server.stop(true));
const at = (path: string): string => `http://127.0.0.1:${server.port}${path}`;
const secret = new Secret(Buffer.from("t0ken"), "secret.env(TOKEN)");
const send = (verb: string, props: object, options = {}) => act(http, `http.${verb}`, props, options);

test("a request brings status, headers, body and JSON; looking is no change", async () => {
  const answer = await send("get", { url: at("/echo"), headers: { "x-a": "b" } });
  expect(answer).toMatchObject({
    changed: false,
    value: { status: 200, json: { method: "GET", headers: { "x-a": "b" }, body: "" } },
  });
  expect(answer?.value).toMatchObject({
    headers: { "content-type": expect.stringContaining("json") },
    body: expect.stringContaining('"nothing":null'),
  });
  expect((await send("get", { url: at("/bytes") }))?.value).toMatchObject({ body: new Uint8Array([255, 0]) });
});

test("a post sends its body or JSON and is a change", async () => {
  const plain = await send("post", { url: at("/echo"), body: new Uint8Array([104, 105]) });
  expect(plain).toMatchObject({ changed: true, value: { json: { method: "POST", body: "hi" } } });
  const data = await send("request", { url: at("/echo"), method: "PUT", json: { b: [1], a: 9007199254740993n } });
  expect(data?.value).toMatchObject({
    json: { method: "PUT", body: '{"b":[1],"a":9007199254740993}', headers: { "content-type": "application/json" } },
  });
});

test("secrets go to the service and are nowhere in what is sent to the host", async () => {
  const props = { url: at("/echo"), headers: { authorization: secret }, json: { token: secret } };
  const answer = await send("post", props, { sensitive: true });
  expect(answer?.value).toMatchObject({ json: { body: '{"token":"t0ken"}', headers: { authorization: "t0ken" } } });
  expect(JSON.stringify(answer?.want)).not.toContain("t0ken");
});

test("another status than 2xx fails with the answer's first lines, unless it is listed", async () => {
  expect(await refusal(send("get", { url: at("/denied?page=2") }))).toBe(
    `E_HTTP GET ${at("/denied")}: the answer was 403 Forbidden: no such token`,
  );
  expect(await refusal(send("get", { url: at("/denied") }, { sensitive: true }))).not.toContain("no such token");
  expect((await send("get", { url: at("/denied"), ok_codes: [403] }))?.value).toMatchObject({ status: 403 });
  expect(await refusal(send("get", { url: at("/echo"), ok_codes: [204] }))).toContain("the answer was 200");
});

test("a service that recovers is asked again", async () => {
  expect((await send("get", { url: at("/flaky") }))?.value).toMatchObject({ status: 200 });
  expect(tries.get("/flaky")).toBe(3);
  tries.delete("/flaky");
  expect(await refusal(send("post", { url: at("/flaky") }))).toContain("503");
  expect(tries.get("/flaky")).toBe(1);
});

test("no answer in time, no server, a broken answer: each is told", async () => {
  expect(await refusal(send("get", { url: at("/slow"), timeout: 0.05 }))).toContain("no complete answer within 0.05 s");
  const closed = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
  const url = `http://127.0.0.1:${closed.port}/`;
  await closed.stop(true);
  expect(await refusal(send("get", { url, retries: 0 }))).toMatch(/^E_HTTP GET http:\/\/127.0.0.1:\d+\/: .*connect/i);
  expect(await refusal(send("get", { url: at("/broken") }))).toContain("is not JSON");
});

test("an aborted call ends at once", async () => {
  const controller = new AbortController();
  const system = Object.assign(Object.create(thisMachine()) as ReturnType<typeof thisMachine>, {
    signal: controller.signal,
  });
  const call = send("get", { url: at("/slow") }, { system });
  controller.abort();
  expect(await refusal(call)).toStartWith("E_HTTP");
});

test("only http and https, and one body", async () => {
  expect(await refusal(send("get", { url: "file:///etc/shadow" }))).toContain("'url' is not an http or https URL");
  expect(await refusal(send("get", { url: new Secret(Buffer.from("file:///x"), "x") }))).toContain(
    "'url' is not an http",
  );
  expect(await refusal(send("post", { url: at("/"), body: "a", json: {} }))).toContain("either 'body' or 'json'");
  expect(await refusal(send("get", { url: at("/"), method: "POST" }))).toContain("unknown field 'method'");
});

test("to another origin go no headers but those that say what is asked for", async () => {
  const headers = { "x-api-key": secret, authorization: secret, accept: "text/x", "X-Other": "o" };
  const sent = async (path: string) => (await send("get", { url: at(path), headers }))?.value;
  expect(await sent("/away")).toMatchObject({ json: { headers: { accept: "text/x" } } });
  expect(JSON.stringify(await sent("/away"))).not.toMatch(/t0ken|x-other/i);
  expect(await sent("/moved")).toMatchObject({ json: { headers: { "x-api-key": "t0ken", "x-other": "o" } } });
});

test("a redirect keeps method and body, or becomes a GET, as browsers have it", async () => {
  const post = (path: string) => send("post", { url: at(path), body: "b" });
  expect((await post("/moved"))?.value).toMatchObject({ json: { method: "POST", body: "b" } });
  expect((await post("/seen"))?.value).toMatchObject({ json: { method: "GET", body: "" } });
  expect(await refusal(send("get", { url: at("/loop"), retries: 0 }))).toContain("more than 20 redirects");
});

test("whatever a server answers, the URL's query and user are not told", async () => {
  const answers = [
    "HTTP/1.1 200 \x01no\r\n\r\n",
    "nonsense\r\n\r\n",
    "HTTP/1.1 302 x\r\nLocation: ht tp://\r\n\r\n",
    "",
  ];
  for (const answer of answers) {
    using raw = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end(answer) },
    });
    const url = `http://ana:pa55word@127.0.0.1:${raw.port}/esc?key=pa/ss wo"rd<x>:1@z`;
    const told = await refusal(send("get", { url, retries: 0 }));
    expect(told).toMatch(/^E_HTTP GET http:\/\/127\.0\.0\.1:\d+\/esc: /);
    expect(told).not.toMatch(/pa55word|ana|key|pa\/ss|wo%22|verbose/);
    raw.stop(true);
  }
  expect(await refusal(send("get", { url: `${at("/ftp")}?key=pa/ss`, retries: 0 }))).toEndWith(
    "/ftp: a redirect to what is no http or https URL",
  );
  const host = new Secret(Buffer.from("http://Zq7-Kx9vLmP2wR8.invalid/"), "x");
  expect(await refusal(send("get", { url: host, retries: 0 }))).not.toMatch(/zq7/i);
});
