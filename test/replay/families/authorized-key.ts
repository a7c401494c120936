import { call, type Family } from "../family.ts";

/** Ansible's authorized_key. */
export const authorizedKey: Family = {
  name: "authorized_key",
  // The keys of their suite are words; ours are refused unless they are keys.
  prepare: (line) =>
    line.replace(
      /(ssh-rsa|ssh-dss|ecdsa-sha2-nistp521) ([A-Z_]+|\w+keydata)\b/g,
      (_, type, word) => `${type} ${blobOf(String(type), String(word))}`,
    ),
  call({ args, ...step }) {
    if ("as" in step) return "what another user may not";
    if (args["follow"] === false && args["manage_dir"] === false)
      return "a link is replaced: ours is followed, as sshd does";
    if (step.id === "authorized_key-7") return "the same data under another type, which is no key";
    const { user, key, key_options: options, comment, exclusive, path, state } = args;
    return call("ssh.authorized_key", { user, key, options, comment, exclusive, path, state });
  },
  files: () => ({
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\ntestuser:x:1000:1000::/home/testuser:/bin/sh\n",
    "/home/testuser/.keep": "",
  }),
  meant: {
    "authorized_key-2": "of two comments of one key the last counts, and it is there",
  },
  // Where a key stands among others means nothing to sshd: theirs goes to the end when it is written anew.
  normal: (text) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .toSorted()
      .join("\n"),
};

function blobOf(type: string, word: string): string {
  const fields = [type, word].map((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, Buffer.from(text)]);
  });
  return Buffer.concat(fields).toString("base64");
}
