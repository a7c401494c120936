/**
 * Where a text stops being JSON, and what would have to stand there: the runtime's parser tells no place and quotes what it found, which may
 * be a secret. Only asked for after it failed.
 */
export function jsonError(text: string): { readonly place: string; readonly expected: string } {
  const { offset, expects } = stopOf(text);
  const before = text.slice(0, offset).split("\n");
  const found = text[offset] === undefined ? ", but it ends" : "";
  return {
    place: `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`,
    expected: `expected ${WORDS[expects]}${found}`,
  };
}

const WORDS: Readonly<Record<Expected, string>> = {
  value: "a value",
  "value or ]": "a value or ']'",
  key: "a name in double quotes",
  "key or }": "a name in double quotes or '}'",
  ":": "':'",
  ", or end": "',' or the end",
};

export function stopOf(text: string): { readonly offset: number; readonly expects: Expected } {
  const token =
    /[ \t\r\n]*(?:([[\]{},:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?))/y;
  const open: string[] = [];
  let expects: Expected = "value";
  for (;;) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (match === null) return { offset: skipBlanks(text, start), expects };
    const kind = match[1] ?? (match[2] === undefined ? "scalar" : "string");
    const next = step(expects, kind, open);
    if (next === undefined) return { offset: skipBlanks(text, start), expects };
    expects = next;
  }
}

type Expected = "value" | "value or ]" | "key" | "key or }" | ":" | ", or end";

/** What may follow `kind` where `expects` was due; undefined: it may not be here. */
function step(expects: Expected, kind: string, open: string[]): Expected | undefined {
  if (expects === ":") return kind === ":" ? "value" : undefined;
  if (expects === "key" || expects === "key or }") {
    if (kind === "string") return ":";
    return kind === "}" && expects === "key or }" ? close(open) : undefined;
  }
  if (expects === ", or end") {
    if (kind === "," && open.length > 0) return open.at(-1) === "{" ? "key" : "value";
    return kind === (open.at(-1) === "{" ? "}" : "]") && open.length > 0 ? close(open) : undefined;
  }
  if (kind === "string" || kind === "scalar") return ", or end";
  if (kind === "]" && expects === "value or ]") return close(open);
  if (kind !== "[" && kind !== "{") return undefined;
  open.push(kind);
  return kind === "{" ? "key or }" : "value or ]";
}

function close(open: string[]): Expected {
  open.pop();
  return ", or end";
}

function skipBlanks(text: string, from: number): number {
  const blanks = /[ \t\r\n]*/y;
  blanks.lastIndex = from;
  return from + (blanks.exec(text)?.[0].length ?? 0);
}
