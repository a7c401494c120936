import { utf8Text } from "../../base/byte-text.ts";
import { isObject, type Value } from "../../base/value.ts";
import { defineQuery, type TargetLook } from "../../engine/resource.ts";
import { object, oneOf, optional, text } from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { passwdEntry } from "./database.ts";

const DATABASES = [
  "ahosts",
  "group",
  "gshadow",
  "hosts",
  "networks",
  "passwd",
  "protocols",
  "rpc",
  "services",
  "shadow",
] as const;
type Database = (typeof DATABASES)[number];
type Want = { readonly database: Database; readonly key: string | null };

/** One entry of a database of the system, whatever service it comes from, as a list of its fields; without a key all of them. */
export const getent = defineQuery<{ readonly database: Database; readonly key?: string | undefined }, Want>({
  name: "facts.getent",
  summary:
    "The fields of an entry of a system's database, from whatever service, or nil; without `key` a list of all entries.",
  example: `
      local ssh = facts.getent({ database = "services", key = "ssh" })
      print(ssh and ssh[2] or "unknown")
    `,
  schema: object({
    database: oneOf("Which one.", ...DATABASES),
    key: optional(text("The name or the number by which it is found.")),
  }),
  returns: "string[]|string[][]?",
  want: ({ database, key }) => ({ database, key: key ?? null }),
  read: ({ database, key }, target) => (key === null ? entries(database, [], target) : entry(database, key, target)),
});

/** Of a user who is there, or who is to be there by then. */
export interface Account {
  readonly name: string;
  /** undefined: not before he is made. */
  readonly uid?: number | undefined;
  readonly home: string;
}

/** null: the machine does not know such a user. */
export async function accountOn(target: TargetLook, name: string): Promise<Account | null> {
  const fields = await target.ask(getent, { database: "passwd", key: name });
  if (!Array.isArray(fields)) return null;
  const [found = name, , uid = "", , , home = "/"] = fields.map(String);
  return { name: found, uid: uid === "" ? undefined : Number(uid), home };
}

async function entry(database: Database, key: string, target: ReadSystem): Promise<Value> {
  if (database === "passwd") {
    const said = target.predicted("user", key);
    if (isObject(said)) return predictedUser(key, said);
    const local = passwdEntry(key, target);
    if (local !== null && said === undefined) {
      const { name, uid, gid, comment, home, shell } = local;
      return [name, "x", String(uid), String(gid), comment, home, shell];
    }
    if (said === null || target.which("getent") === null) return null;
  }
  const [found] = await entries(database, [key], target);
  const kind = database === "passwd" ? "user" : "group";
  const reason = target.unknownBecause({ kind, name: key });
  if (found === undefined && reason !== undefined) throw new SlothError("E_UNKNOWN", reason);
  return found ?? null;
}

function predictedUser(name: string, said: { readonly [field: string]: Value }): Value {
  const text = (field: string, other: string): string => {
    const value = said[field];
    return typeof value === "string" || typeof value === "number" ? `${value}` : other;
  };
  return [name, "x", text("uid", ""), "", text("comment", ""), text("home", `/home/${name}`), text("shell", "")];
}

/** What there is none of, `getent` says by ending with 2. */
async function entries(
  database: Database,
  keys: readonly string[],
  target: ReadSystem,
): Promise<readonly (readonly string[])[]> {
  if (target.which("getent") === null)
    throw new SlothError("E_COMMAND", "there is no getent on this machine", { hint: "fs.read its file" });
  const argv = ["getent", database, ...keys] as const;
  if (keys.some((key) => key === "" || key.startsWith("-"))) return [];
  const result = await target.query(argv, { env: { LC_ALL: "C" } });
  if (result.exitCode === 2) return [];
  mustSucceed(argv, result);
  const apart = /^(passwd|group|shadow|gshadow)$/.test(database) ? ":" : /\s+/;
  const lines = utf8Text(result.stdout).split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => line.split(apart));
}
