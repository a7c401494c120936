import { utf8Text } from "../../../src/base/byte-text.ts";
import { call, type Family } from "../family.ts";

/** Ansible's debconf. The recording has what `debconf-get-selections` says; ours reads debconf's own databases. */
export const debconf: Family = {
  name: "debconf",
  call({ args }) {
    if (args["question"] === undefined) return "only asks what is there";
    const { name, question, vtype: type, value } = args;
    return call("pkg.debconf", { package: name, question, type, value });
  },
  programs: (_step, kept) => ({
    "debconf-set-selections": ({ stdin = "" }) => {
      const [owner = "", question = "", type = "", ...rest] = textOf(stdin).trimEnd().split(" ");
      kept.set(KEY, answered(kept.get(KEY) ?? "", [owner, question, type, rest.join(" ")]));
      return "";
    },
  }),
  files: (_step, kept) => ({
    "/var/cache/debconf/config.dat": () => stanzas(kept.get(KEY) ?? "", false),
    "/var/cache/debconf/passwords.dat": () => stanzas(kept.get(KEY) ?? "", true),
  }),
  // Which answers stand first says nothing.
  normal: (text) => text.split("\n").toSorted().join("\n"),
};

const KEY = "cmd:debconf";

function textOf(stdin: string | Uint8Array): string {
  return typeof stdin === "string" ? stdin : utf8Text(stdin);
}

type Row = readonly [owner: string, question: string, type: string, value: string];

function rowsOf(text: string): readonly Row[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split("\t")).map(([a = "", b = "", c = "", d = ""]) => [a, b, c, d]);
}

/** A question has one answer, whoever asks it. */
function answered(text: string, row: Row): string {
  const [owner, question, , value] = row;
  const rows = rowsOf(text).map((each): Row => (each[1] === question ? [each[0], question, each[2], value] : each));
  const isThere = rows.some((each) => each[0] === owner && each[1] === question);
  return [...rows, ...(isThere ? [] : [row])].map((each) => `${each.join("\t")}\n`).join("");
}

function stanzas(text: string, passwords: boolean): string {
  const rows = rowsOf(text).filter(([, , type]) => (type === "password") === passwords);
  const byQuestion = Map.groupBy(rows, ([, question]) => question);
  return [...byQuestion]
    .map(
      ([name, all]) =>
        `Name: ${name}\nValue: ${all[0]?.[3] ?? ""}\nOwners: ${all.map(([owner]) => owner).join(", ")}\n`,
    )
    .join("\n");
}
