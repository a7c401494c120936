import { shownUrl } from "../_kit/shown-url.ts";
import type { Digest } from "../../base/digest.ts";
import type { Source } from "../../engine/resource.ts";
import {
  anything,
  contents,
  dictionary,
  duration,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Contents,
  type Props,
} from "../../engine/schema.ts";
import { Secret, type Value } from "../../base/value.ts";
import { seal, sealAll, type Sealed } from "../_kit/sealed.ts";
import { secretIn } from "../_kit/secrets.ts";
import { encodeJson } from "../../base/formats/json-text.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof METHODS)[number];

const fields = {
  url: contents("An http or https URL; may be a secret."),
  headers: optional(dictionary("Headers; may be secrets.", contents("A value."))),
  body: optional(contents("What is sent; may be a secret.")),
  json: optional(anything("Data sent as JSON; there may be secrets in it.")),
  timeout: optional(duration("Given up after this long, retries included. Default: 30 s.")),
  retries: optional(
    integer("Further attempts after a lost connection, 408, 429 and 5xx. Default: 2, with POST and PATCH 0.", 0, 100),
  ),
  ok_codes: optional(list("Statuses that are a success. Default: 200 to 299.", integer("A status.", 100, 599))),
};

export const plainSchema = object(fields, fault);
export const requestSchema = object(
  { method: optional(oneOf("The method. Default: GET.", ...METHODS)), ...fields },
  fault,
);
export type RequestProps = Props<typeof requestSchema>;

/** What goes to the host that sends it: everything that may be secret sealed. */
export type RequestWant = {
  readonly method: Method;
  readonly url: Sealed;
  /** The URL for messages. */
  readonly shown: string;
  readonly headers: { readonly [name: string]: Sealed };
  readonly body: Digest | null;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly okCodes: readonly number[] | null;
  readonly sensitive: boolean;
};

export function toWant(method: Method, props: RequestProps, source: Source): RequestWant {
  const isJson = props.json !== undefined;
  const hasType = Object.keys(props.headers ?? {}).some((name) => name.toLowerCase() === "content-type");
  const type: Record<string, Sealed> = isJson && !hasType ? { "content-type": { text: "application/json" } } : {};
  const body = props.json === undefined ? props.body : jsonBody(props.json);
  return {
    method,
    url: seal(props.url, source),
    shown: shownUrl(props.url),
    headers: { ...type, ...sealAll(props.headers, source) },
    body: body === undefined ? null : source.hold(body),
    timeoutMs: props.timeout ?? 30_000,
    retries: props.retries ?? (method === "POST" || method === "PATCH" ? 0 : 2),
    okCodes: props.ok_codes ?? null,
    sensitive: source.sensitive,
  };
}

function jsonBody(json: Value): Contents {
  const text = encodeJson(json, { openSecrets: true });
  return secretIn(json) === undefined ? text : new Secret(Buffer.from(text), "json");
}

function fault(props: {
  readonly url: Contents;
  readonly body?: Contents | undefined;
  readonly json?: Value | undefined;
}): string | undefined {
  if (props.body !== undefined && props.json !== undefined) return "takes either 'body' or 'json'";
  if (props.url instanceof Secret) return undefined;
  const url = typeof props.url === "string" && URL.canParse(props.url) ? new URL(props.url) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? undefined : "'url' is not an http or https URL";
}
