import { call, type Family } from "../family.ts";

/** Ansible's known_hosts. */
export const knownHosts: Family = {
  name: "known_hosts",
  call({ args }) {
    const { name, key, path, state, hash_host: hash } = args;
    return call("ssh.known_host", { name, key, path, state, hash: hash === true ? true : undefined });
  },
  meant: {
    "own_known_hosts-3": "a key without a name before it is what a host's own .pub file holds, and is taken",
    "own_known_hosts-4": "a line that names the host and others is there already; theirs drops the others",
    "own_known_hosts-8": "of two keys of one type the last counts; theirs writes both, and next time replaces both",
  },
  // Names have no case. Where a line stands means nothing to ssh: theirs goes to the end when it is written anew.
  normal: (text) =>
    text
      .split("\n")
      .map((line) => line.replace(/^\S+/, (name) => name.toLowerCase()))
      .toSorted()
      .join("\n"),
};
