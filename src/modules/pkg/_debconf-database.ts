import type { ReadSystem } from "../../system/system.ts";
import { textAt } from "./_repository/files.ts";

/** An answer as debconf keeps it. */
interface Answer {
  readonly value: string;
  /** Packages that ask it. */
  readonly owners: readonly string[];
}

const ANSWERS = "/var/cache/debconf/config.dat";
/** For root alone. */
const PASSWORDS = "/var/cache/debconf/passwords.dat";

/** All answers of the default databases, passwords where they are asked for: read once for all of them. */
export function answersOn(target: ReadSystem, withPasswords: boolean): Promise<ReadonlyMap<string, Answer>> {
  const path = withPasswords ? PASSWORDS : ANSWERS;
  return target.cached(`debconf ${path}`, () => Promise.resolve(parseAnswers(textAt(path, target))));
}

/** What a question takes, as its template says; "string" where there is none. */
export function typeOfQuestion(question: string, target: ReadSystem): string {
  const stanzas = textAt("/var/cache/debconf/templates.dat", target).split(/\n{2,}/);
  const template = stanzas.find((stanza) => fieldOf(stanza, "Name") === question);
  return (template === undefined ? undefined : fieldOf(template, "Type")) ?? "string";
}

/** Stanzas of fields; a value of several lines goes on in those that begin with a blank. */
export function parseAnswers(text: string): ReadonlyMap<string, Answer> {
  return new Map(
    text.split(/\n{2,}/).flatMap((stanza) => {
      const name = fieldOf(stanza, "Name");
      const owners = (fieldOf(stanza, "Owners") ?? "").split(", ").filter((owner) => owner !== "");
      return name === undefined ? [] : [[name, { value: fieldOf(stanza, "Value") ?? "", owners }] as const];
    }),
  );
}

function fieldOf(stanza: string, name: string): string | undefined {
  const found = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "m").exec(stanza)?.[1];
  return found?.trim().replaceAll("\n ", "\n");
}
