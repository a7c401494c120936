import { shownUrl } from "../_kit/shown-url.ts";
import { defineAction, type AnyAction, type ModuleDefinition, type Parameter } from "../../engine/resource.ts";
import type { Schema } from "../../engine/schema.ts";
import { plainSchema, requestSchema, toWant, type Method, type RequestProps, type RequestWant } from "./request.ts";
import { send } from "./send.ts";

const answered: readonly Parameter[] = [
  { name: "status", type: "integer", summary: "Of the answer, such as 200." },
  { name: "headers", type: "table<string, string>", summary: "By their names in lower case." },
  { name: "body", type: "string", summary: "What was answered, at most 64 MiB." },
  { name: "json", type: "any", optional: true, summary: "The same as data, where the answer says that it is JSON." },
];

/** GET, HEAD and OPTIONS only look, so they are sent in plan too; the others are not, and their answer is then unknown. */
export const http: ModuleDefinition = {
  name: "http",
  summary: "Requests to web services. What only looks (GET, HEAD, OPTIONS) is sent in plan too.",
  functions: [
    verb(
      "get",
      "Gets what is at a URL.",
      `
      local health = http.get{ url = "http://localhost:8080/health", timeout = "5s" }
      assert.equal(health.json.status, "ok")
      `,
      plainSchema,
      "GET",
    ),
    verb(
      "post",
      "Posts to a URL.",
      `
      http.post{
          url = "http://localhost:8080/deployments",
          headers = { authorization = "Bearer " .. secret.file("secrets/token") },
          json = { version = "1.2.0" },
      }
      `,
      plainSchema,
      "POST",
    ),
    verb(
      "request",
      "Sends a request with any method.",
      `
      local answer = http.request{
          method = "DELETE",
          url = "http://localhost:8080/sessions/old",
          ok_codes = { 200, 204, 404 },
      }
      print(answer.status)
      `,
      requestSchema,
      "GET",
    ),
  ],
};

const LOOKS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

function verb(
  name: "get" | "post" | "request",
  summary: string,
  example: string,
  schema: Schema<RequestProps>,
  method: Method,
): AnyAction {
  return defineAction<RequestProps, RequestWant>({
    name: `http.${name}`,
    summary: `${summary} Another status than 2xx fails, unless \`ok_codes\` lists it.`,
    example,
    schema,
    results: answered,
    title: (props) => `${props.method ?? method} ${shownUrl(props.url)}`,
    want: (props, source) => toWant(props.method ?? method, props, source),
    readOnly: (want) => LOOKS.includes(want.method),
    run: send,
  });
}
