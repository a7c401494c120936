/** One mistake made in a workflow that was right. */
export interface Mutation {
  readonly kind: string;
  /** What was written instead of what. */
  readonly change: string;
  readonly source: string;
}

type Rewrite = (found: RegExpExecArray) => string | undefined;

interface Operator {
  readonly kind: string;
  readonly at: RegExp;
  readonly rewrite: Rewrite;
}

const MODULES = "file_ops|pkg|user|group|systemd|exec|stack|fs|facts|hosts|secret|goroutine|log";
const CALL = new RegExp(`\\b(${MODULES})\\.(\\w+)`, "g");
const KEY = /(?<=[{,]\s*|\n\s+)(\w+)(?= = (?!function))/g;
const REQUIRED = /(?<=[{,]\s*|\n\s+)(?:path|dest|argv|type) = (?:"[^"\n]*"|root \.\. "[^"\n]*"|archive(?! \})),? ?/g;

/** The second and the third letter change places; undefined where that changes nothing. */
function misspelt(word: string): string | undefined {
  if (word.length < 4) return `${word}${word.at(-1)}`;
  const swapped = `${word[0]}${word[2]}${word[1]}${word.slice(3)}`;
  return swapped === word ? `${word}x` : swapped;
}

/** Tables of the user's own, whose names nobody else knows. */
const OWN = new Set([
  "vars",
  "properties",
  "admin",
  "comment",
  "server_name",
  "document_root",
  "version",
  "host",
  "role",
  "shared_buffers_mb",
]);

const OPERATORS: readonly Operator[] = [
  { kind: "module", at: CALL, rewrite: ([, module = "", name]) => `${misspelt(module)}.${name}` },
  { kind: "function", at: CALL, rewrite: ([, module, name = ""]) => `${module}.${misspelt(name)}` },
  {
    kind: "colon",
    at: /\b(file_ops|pkg|user|group|systemd|exec)\.(\w+)(?=\()/g,
    rewrite: ([, module, name]) => `${module}:${name}`,
  },
  { kind: "field", at: KEY, rewrite: ([, key = ""]) => (OWN.has(key) ? undefined : misspelt(key)) },
  { kind: "missing field", at: REQUIRED, rewrite: () => "" },
  {
    kind: "global",
    at: /\b(print|ipairs|task|workflow|math|values)\b(?=[({.])/g,
    rewrite: ([, name = ""]) => misspelt(name),
  },
  {
    kind: "local",
    at: /(?<=\.\. |\(|= |if |and )(root|version|archive|config|people|gone|on_a_server|status|settings|access)\b(?! =)/g,
    rewrite: ([, name = ""]) => misspelt(name),
  },
  { kind: "result", at: /\.changed\b/g, rewrite: () => ".chnaged" },
  {
    kind: "dependency",
    at: /(depends_on = \{? ?")([\w-]+)/g,
    rewrite: ([, before, name = ""]) => `${before}${misspelt(name)}`,
  },
  { kind: "choice", at: /state = "(started)"/g, rewrite: () => 'state = "startd"' },
  { kind: "number for text", at: /mode = "0(\d+)"/g, rewrite: ([, mode]) => `mode = ${mode}` },
  { kind: "text for truth", at: /(enabled|force|system) = true/g, rewrite: ([, field]) => `${field} = "yes"` },
  { kind: "mode", at: /mode = "0\d+"/g, rewrite: () => 'mode = "rw-r--r--"' },
  {
    kind: "source",
    at: /src = "((?:templates|files|keys)\/?)([^"]*)"/g,
    rewrite: ([, folder, name = ""]) => (name === "" ? 'src = "fiels/"' : `src = "${folder}${misspelt(name)}"`),
  },
  {
    kind: "text for table",
    at: /\b(pkg\.install|systemd\.\w+|user\.delete|group\.create)\(\{ name = ("[^"]*") \}\)/g,
    rewrite: ([, call, name]) => `${call}(${name})`,
  },
  {
    kind: "twice",
    at: /name = "(settings|service-user|service|one-after-the-other)"/g,
    rewrite: ([, name = ""]) => `name = "${FIRST[name] ?? ""}"`,
  },
  { kind: "no end", at: /^ {4}end,\n/gm, rewrite: () => "" },
  { kind: "not equal", at: / == /g, rewrite: () => " != " },
  { kind: "comment", at: /(?<=\n)( *)-- /g, rewrite: ([, margin]) => `${margin}# ` },
  { kind: "as in YAML", at: /\b(name|src|run) = /g, rewrite: ([, key]) => `${key}: ` },
  { kind: "no comma", at: /",\n(?=\s*\w)/g, rewrite: () => '"\n' },
  { kind: "curly quotes", at: /"([\w./-]+)"/g, rewrite: ([, text]) => `\u201c${text}\u201d` },
];

const FIRST: Readonly<Record<string, string>> = {
  settings: "server",
  "service-user": "people",
  service: "site",
  "one-after-the-other": "banner",
};

/** Every place where a mistake of some kind can be made. */
export function mutationsOf(source: string): readonly Mutation[] {
  return OPERATORS.flatMap(({ kind, at, rewrite }) =>
    [...source.matchAll(at)].flatMap((found) => {
      const made = rewrite(found);
      if (made === undefined || isOwn(source, found.index) || isInComment(source, found.index) !== (kind === "comment"))
        return [];
      const mutated = source.slice(0, found.index) + made + source.slice(found.index + found[0].length);
      return [{ kind, change: `${found[0].trim()} -> ${made.trim()}`, source: mutated }];
    }),
  );
}

/** Data of the user's own may have any names. */
function isOwn(source: string, at: number): boolean {
  return /\b(properties|vars) = \{[^}]*$/.test(source.slice(source.lastIndexOf("\n", at - 1), at));
}

function isInComment(source: string, at: number): boolean {
  return source.slice(source.lastIndexOf("\n", at - 1) + 1, at + 4).includes("--");
}
