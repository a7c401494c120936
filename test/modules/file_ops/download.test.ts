import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { Secret, type ValueObject } from "../../../src/base/value.ts";
import { fetchWithRetries } from "../../../src/modules/_kit/download.ts";
import { download } from "../../../src/modules/file_ops/download.ts";
import { bench as benchOf, declare, type Declared } from "../../support/declare.ts";
import { CERTIFICATE, KEY } from "./_certificate.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();
const BODY = "contents of the file\n";
const SHA256 = createHash("sha256").update(BODY).digest("hex");

let requests: string[] = [];
let failures = 0;
beforeEach(() => {
  requests = [];
  failures = 0;
});

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    if (pathname === "/moved") return Response.redirect("/file", 302);
    if (pathname === "/loop") return Response.redirect("/loop", 302);
    if (pathname === "/flaky" && failures++ < 2) return new Response("later", { status: 503 });
    if (pathname === "/broken") return new Response("no", { status: 500 });
    if (pathname === "/none") return new Response("no", { status: 404 });
    if (pathname === "/silent") return new Promise<Response>(() => {});
    if (pathname === "/private" && request.headers.get("x-token") !== "hunter2")
      return new Response("no", { status: 403 });
    return new Response(BODY);
  },
});
const secure = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  tls: { cert: CERTIFICATE, key: KEY },
  fetch: () => new Response(BODY),
});
afterAll(async () => {
  await Promise.all([server.stop(true), secure.stop(true)]);
});

const at = (path: string): string => `http://127.0.0.1:${server.port}${path}`;

async function twice(args: ValueObject): Promise<Declared> {
  const first = await declare(download, args, bench);
  expect(await declare(download, args, bench)).toMatchObject({ changed: false, action: "none" });
  return first;
}

test("downloads what is missing, then does not ask again", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("file");
  expect((await twice({ url: at("/file"), dest, mode: "0600" })).action).toBe("create");
  expect([directory.contents("file"), statSync(dest).mode & 0o777]).toEqual([BODY, 0o600]);
  expect(requests).toEqual(["/file"]);
});

test("with sha256 puts back what was changed by hand", async () => {
  using directory = temporaryDirectory();
  const args = { url: at("/file"), dest: directory.file("file"), sha256: SHA256.toUpperCase() };
  await twice(args);
  writeFileSync(args.dest, "by hand");
  expect((await twice(args)).changes.map(({ property }) => property)).toEqual(["content"]);
  expect(requests).toEqual(["/file", "/file"]);
});

test("a wrong checksum leaves the old file, and is not tried again", () => {
  using directory = temporaryDirectory();
  const args = { url: at("/file"), dest: directory.file("file", "old"), sha256: "0".repeat(64) };
  expect(declare(download, args, bench)).rejects.toThrow(`has sha256:${SHA256}, expected sha256:000`);
  expect([directory.contents("file"), readdirSync(directory.path), requests.length]).toEqual(["old", ["file"], 1]);
});

test("into a directory under the URL's last name; redirects are followed", async () => {
  using directory = temporaryDirectory();
  const { names } = await twice({ url: at("/moved?x=1"), dest: `${directory.path}/` });
  expect([names, directory.contents("moved")]).toEqual([[directory.file("moved")], BODY]);
  expect(declare(download, { url: at("/loop"), dest: directory.file("loop"), retries: 0 }, bench)).rejects.toThrow(
    "/loop",
  );
});

describe("what fails", () => {
  test("is tried again when it may pass", async () => {
    using directory = temporaryDirectory();
    await twice({ url: at("/flaky"), dest: directory.file("file") });
    expect([directory.contents("file"), requests.length]).toEqual([BODY, 3]);
    expect(declare(download, { url: at("/broken"), dest: directory.file("b"), retries: 1 }, bench)).rejects.toThrow(
      "500",
    );
    expect(requests.length).toBe(5);
  });

  test("with 404 is told at once, and leaves nothing", () => {
    using directory = temporaryDirectory();
    const args = { url: at("/none?key=hunter2"), dest: directory.file("file") };
    expect(declare(download, args, bench)).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:\d+\/none: the answer was 404/);
    expect([requests.length, readdirSync(directory.path)]).toEqual([1, []]);
  });

  test("by silence is given up", () => {
    const common = { shown: "it", headers: {}, sha256: undefined, authorities: undefined, retries: 0 };
    const request = { ...common, url: at("/silent"), silenceMs: 50 };
    const read = async (body: AsyncIterable<Uint8Array>): Promise<void> => void (await Array.fromAsync(body));
    const { signal } = new AbortController();
    expect(fetchWithRetries(request, signal, read)).rejects.toThrow("GET it: nothing came for 0.05 s");
  });

  test("by a cut connection leaves the old file", async () => {
    using directory = temporaryDirectory();
    const cutting = await listening((socket) => {
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");
    });
    const args = { url: `http://127.0.0.1:${cutting.port}/x`, dest: directory.file("file", "old"), retries: 0 };
    expect(declare(download, { ...args, sha256: SHA256 }, bench)).rejects.toThrow("GET http");
    expect(directory.contents("file")).toBe("old");
    cutting.server.close();
  });

  test("by a certificate nobody signed is told at once", () => {
    using directory = temporaryDirectory();
    const args = { url: `https://127.0.0.1:${secure.port}/file`, dest: directory.file("file") };
    expect(declare(download, args, bench)).rejects.toThrow(/certificate/i);
    expect(directory.contents("file")).toBeNull();
  });
});

test("trusts the authorities that SSL_CERT_FILE names", async () => {
  using directory = temporaryDirectory();
  const before = process.env["SSL_CERT_FILE"];
  process.env["SSL_CERT_FILE"] = directory.file("ca.pem", CERTIFICATE);
  try {
    await declare(download, { url: `https://127.0.0.1:${secure.port}/file`, dest: directory.file("file") }, benchOf());
    expect(directory.contents("file")).toBe(BODY);
  } finally {
    if (before === undefined) delete process.env["SSL_CERT_FILE"];
    else process.env["SSL_CERT_FILE"] = before;
  }
});

test("a secret in a header or the URL is sent, and nowhere else", async () => {
  using directory = temporaryDirectory();
  const token = new Secret(new TextEncoder().encode("hunter2"), "secret.env(T)");
  const done = await declare(
    download,
    { url: at("/private"), dest: directory.file("file"), headers: { "x-token": token } },
    bench,
  );
  expect(directory.contents("file")).toBe(BODY);
  expect(JSON.stringify(done)).not.toContain("hunter2");
});

test.each([
  [{ url: "ftp://x/y", dest: "/x" }, "http or https"],
  [{ url: "http://x/y", dest: "x" }, "absolute"],
  [{ url: "http://x/y", dest: "/x", sha256: "abc" }, "64 hexadecimal digits"],
])("refuses %j", (args, message) => {
  expect(declare(download, args, bench)).rejects.toThrow(message);
});

async function listening(answer: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const made = createServer((socket) => {
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  const address = made.address();
  return { server: made, port: typeof address === "object" && address !== null ? address.port : 0 };
}
