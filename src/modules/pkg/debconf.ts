import { toBytes } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { Secret } from "../../base/value.ts";
import { defineResource, predictMerged, type Facts, type Inputs, type Source } from "../../engine/resource.ts";
import {
  contents,
  either,
  flag,
  isOneLine,
  isWord,
  list,
  object,
  oneOf,
  optional,
  text,
  textLike,
  withDefault,
  type Contents,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { missing, stated } from "../_files/file.ts";
import { revealText } from "../_files/text.ts";
import { answersOn, typeOfQuestion } from "./_debconf-database.ts";

const word = (summary: string, shape: string) => textLike(summary, isWord, shape);

const schema = object(
  {
    package: word("The package that asks.", "the name of a package"),
    question: word("The question, such as `tzdata/Areas`.", "the name of a question"),
    type: optional(
      oneOf(
        "What it takes.",
        "string",
        "boolean",
        "select",
        "multiselect",
        "password",
        "note",
        "text",
        "title",
        "error",
      ),
    ),
    value: optional(
      either(
        "The answer; of `multiselect` a list.",
        contents(""),
        either("", flag(""), list("", text("")), ""),
        "a string, true or false, or a list of strings",
      ),
    ),
    state: withDefault(oneOf("`absent`: the package does not ask it.", "present", "absent"), "present"),
  },
  ({ type, value, state }) => {
    if (state === "absent") return undefined;
    if (type === undefined || value === undefined) return `'${type === undefined ? "type" : "value"}' is missing`;
    const answer = answerOf(value);
    if (!isOneLine(answer)) return "'value' must be one line";
    return type === "boolean" && !/^(?:true|false)$/.test(answer) ? "'value' must be true or false" : undefined;
  },
);

type Asked = Props<typeof schema>;
type AnswerFacts = Facts & {
  /** A password by its digest. */
  readonly value?: string | undefined;
  /** The package is among those that ask. */
  readonly asked?: boolean | undefined;
};
type Want = {
  readonly package: string;
  readonly question: string;
  /** null: absent; "": as its template says. */
  readonly type: string | null;
  readonly value?: string;
  readonly held?: Digest;
};

/** Keeps the answer to a question that a package asks when it is installed or configured. */
export const debconf = defineResource<Asked, Want, AnswerFacts>({
  name: "pkg.debconf",
  kind: "debconf",
  version: 1,
  summary: "Keeps the answer to a question that a Debian package asks; declare it before the package is installed.",
  example: `
    pkg.debconf{ package = "tzdata", question = "tzdata/Areas", type = "select", value = "Etc" }
    pkg.install{ name = "tzdata" }
  `,
  schema,
  identity: (props) => `${props.package} ${props.question}`,
  want: wanted,

  async read({ package: owner, question, type, held }, target) {
    if (target.which("debconf-set-selections") === null)
      throw missing(target, "there is no debconf on this machine", "it is Debian's");
    const answer = (await answersOn(target, type === "password")).get(question);
    if (answer === undefined || (type === null && !answer.owners.includes(owner))) return null;
    const value = held === undefined ? answer.value : target.digestOf(toBytes(answer.value), held);
    return { value: type === "multiselect" ? inOrder(value) : value, asked: answer.owners.includes(owner) };
  },

  desired: ({ type, value, held }) =>
    type === null ? null : { value: held ?? (type === "multiselect" ? inOrder(value ?? "") : value), asked: true },

  async apply(want, diff, target, inputs) {
    const { asked } = diff.desired ?? { asked: false };
    if (asked === false) return forget(want, target);
    await answer(want, target, inputs);
  },

  predict: predictMerged,
  refuse: (target) => requireRoot(target, "packages"),
  locks: () => ["packages"],

  undo: {
    remove: (want, _actual, target) => forget(want, target),
    restate(address, facts) {
      const [owner = "", question = ""] = address.split(" ", 2);
      const { value, asked = false } = facts ?? {};
      const want = stated({ package: owner, question, type: asked ? "" : null, value });
      return { want, stated: facts === null ? {} : stated({ value, asked }) };
    },
  },
});

function wanted(props: Asked, source: Source): Want {
  const { package: owner, question, type, value, state } = props;
  if (state === "absent" || type === undefined || value === undefined) return { package: owner, question, type: null };
  const answer = answerOf(value);
  const isSecret = type === "password" || source.sensitive || value instanceof Secret;
  if (!isSecret) return { package: owner, question, type, value: answer };
  const secret = value instanceof Secret ? value : new Secret(toBytes(answer), `pkg.debconf ${question}`);
  return { package: owner, question, type, held: source.hold(secret) };
}

function answerOf(value: Contents | boolean | readonly string[]): string {
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? value.join(", ") : revealText(value as Contents);
}

/** Of several the order says nothing. */
function inOrder(value: string): string {
  return value.split(/,\s*/).toSorted().join(", ");
}

async function answer(want: Want, target: System, inputs: Inputs): Promise<void> {
  requireRoot(target, "packages");
  const value =
    want.held === undefined ? (want.value ?? "") : Buffer.from(await inputs.read(want.held)).toString("utf8");
  const argv: Argv = ["debconf-set-selections"];
  const type = want.type === "" ? typeOfQuestion(want.question, target) : want.type;
  const stdin = `${want.package} ${want.question} ${type} ${value}\n`;
  mustSucceed(argv, await target.run(argv, { stdin, env: { LC_ALL: "C" } }));
}

async function forget({ package: owner, question }: Want, target: System): Promise<void> {
  requireRoot(target, "packages");
  const argv: Argv = ["debconf-communicate", owner];
  const env = { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  mustSucceed(argv, await target.run(argv, { stdin: `UNREGISTER ${question}\n`, env }));
}
