import {
  anything,
  dictionary,
  either,
  flag,
  integer,
  list,
  object,
  oneOf,
  optional,
  parseProps,
  path,
  text,
  textLike,
  withDefault,
} from "./schema.ts";
import { SlothError } from "../base/errors.ts";
import { isAddress, isHostName, isLogin } from "./host-name.ts";
import type { Become, HostEntry } from "./hosts.ts";
import type { Value } from "../base/value.ts";

const become = object({
  user: withDefault(textLike("Who to become.", /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, "the name of a user"), "root"),
  method: withDefault(oneOf("By which program.", "sudo", "doas", "su"), "sudo"),
});

/** One host, in `hosts{…}` and in an inventory file alike. */
export const hostSchema = object({
  address: optional(textLike("What ssh connects to; the host's name when absent.", isAddress, "the address of a host")),
  user: optional(textLike("Who to log in as.", isLogin, "the name of a user")),
  port: optional(integer("Port of sshd.", 1, 65_535)),
  identity_file: optional(path("Private key to log in with.")),
  sudo: optional(
    either(
      "Become root, or the user given, by sudo, doas or su.",
      flag("Become root by sudo."),
      become,
      "true or a table",
    ),
  ),
  groups: optional(list("Groups it is in.", text("Name of a group."))),
  vars: optional(dictionary("Values of the workflow's own for this host.", anything("Any data."))),
});

/** Reads a host, or throws in the user's words. */
export function hostEntry(name: string, given: Value, defaults: { readonly [name: string]: Value } = {}): HostEntry {
  if (!isHostName(name)) throw new SlothError("E_HOST", `'${name}' cannot be the name of a host`);
  const props = parseProps(hostSchema, given);
  const { address, user, port, identity_file: identityFile, groups = [], vars = {} } = props;
  return {
    name,
    address,
    user,
    port,
    identityFile,
    become: becomeOf(props.sudo),
    groups,
    vars: { ...defaults, ...vars },
  };
}

function becomeOf(sudo: boolean | Become | undefined): Become | undefined {
  if (sudo === undefined || sudo === false) return undefined;
  return sudo === true ? { user: "root", method: "sudo" } : sudo;
}
