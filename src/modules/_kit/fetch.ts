import { toError } from "../../base/errors.ts";

export interface FetchRequest {
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** PEM; undefined: those we were built with. */
  readonly authorities?: string | undefined;
}

/** Why no answer came, in words of ours: what the runtime says repeats URLs, and what a server sent. */
export class NoAnswer extends Error {
  /** Another attempt may succeed. */
  readonly passing: boolean;
  constructor(why: string, passing: boolean) {
    super(why);
    this.passing = passing;
  }
}

const MOST_REDIRECTS = 20;
/** What goes along to another origin: what says who we are to the first is nobody else's. */
const FOR_ALL = /^(accept(-.*)?|content-type|user-agent|range)$/i;

/** As fetch, redirects followed: never from https to http, and to another origin without the headers that were meant for the first. */
export async function fetchFollowing(request: FetchRequest): Promise<Response> {
  let { url, method = "GET", headers, body } = request;
  for (let hops = 0; ; hops++) {
    const response = await once({ ...request, url, method, headers, body });
    const location = response.headers.get("location");
    if (location === null || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    if (hops === MOST_REDIRECTS) throw new NoAnswer(`more than ${MOST_REDIRECTS} redirects`, false);
    const next = nextUrl(location, url);
    if (next.origin !== new URL(url).origin) headers = withoutOurs(headers);
    if (becomesGet(response.status, method)) [method, body] = ["GET", undefined];
    url = next.href;
  }
}

async function once({ url, method, headers, body, signal, authorities }: FetchRequest): Promise<Response> {
  const tls = authorities === undefined ? {} : { tls: { ca: authorities } };
  try {
    return await fetch(url, {
      method: method ?? "GET",
      headers,
      body: body ?? null,
      signal,
      redirect: "manual",
      ...tls,
    });
  } catch (thrown) {
    signal.throwIfAborted();
    throw noAnswer(thrown);
  }
}

function nextUrl(location: string, from: string): URL {
  const next = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (next === undefined || !/^https?:$/.test(next.protocol))
    throw new NoAnswer("a redirect to what is no http or https URL", false);
  if (next.protocol === "http:" && from.startsWith("https:"))
    throw new NoAnswer(`a redirect from https to http, at ${next.host}`, false);
  return next;
}

function withoutOurs(headers: FetchRequest["headers"]): FetchRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => FOR_ALL.test(name)));
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "HEAD";
  return method === "POST" && (status === 301 || status === 302);
}

const REASONS: readonly (readonly [RegExp, string, boolean])[] = [
  [/ENOTFOUND|EAI_|DNS/i, "its host is not known", true],
  [/ConnectionRefused|ECONNREFUSED|FailedToOpenSocket|EHOSTUNREACH|ENETUNREACH/i, "cannot connect", true],
  [/ConnectionClosed|ECONNRESET|EPIPE|ConnectionReset|SocketClosed/i, "the connection was lost", true],
  [/Timeout|ETIMEDOUT/i, "no answer in time", true],
  [/CERT|SIGNATURE|ALTNAME|SELF_SIGNED|LEAF|CRL/i, "its certificate is not trusted", false],
  [/TLS|SSL|HANDSHAKE/i, "no secure connection can be made", false],
  [/HTTP|Header|Chunk|Response/i, "the answer is not HTTP", false],
  [/Zlib|Brotli|Zstd|Decompress/i, "the answer is not packed as it says", false],
  [/Proxy/i, "the proxy does not let it through", false],
];

/** Of anything that fetch or a body of its throws. */
export function noAnswer(thrown: unknown): NoAnswer {
  const error = toError(thrown);
  if (error instanceof NoAnswer) return error;
  const code: unknown = Reflect.get(error, "code");
  const name = typeof code === "string" && /^\w{1,60}$/.test(code) ? code : undefined;
  const known = REASONS.find(([pattern]) => pattern.test(name ?? error.message));
  const because = name === undefined ? "" : ` (${name})`;
  return known === undefined
    ? new NoAnswer(`no answer that can be read${because}`, true)
    : new NoAnswer(`${known[1]}${because}`, known[2]);
}
