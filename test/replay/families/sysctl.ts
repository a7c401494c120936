import { call, type Family } from "../family.ts";

/** Ansible's sysctl: without `reload` and `sysctl_set` it keeps the file only. */
export const sysctl: Family = {
  name: "sysctl",
  call({ args }) {
    if (args["ignoreerrors"] === true) return "errors are not ignored";
    const { name, value, state, sysctl_file: file = "/etc/sysctl.conf", reload = true, sysctl_set: set = false } = args;
    return call("kernel.sysctl", { name, value, state, file, apply: reload === true || set === true });
  },
  commands({ args }, kept) {
    const name = typeof args["name"] === "string" ? args["name"] : "";
    const value = String(args["value"] as string);
    const word = `sysctl -w ${name}=${value}`;
    if (/[a-z]/.test(value) || value === "1024") return { [word]: { exitCode: 255, stderr: "Invalid argument\n" } };
    return {
      [word]: () => {
        kept.set(`sysctl:${name}`, value);
        return "";
      },
    };
  },
  files: (_step, kept) =>
    Object.fromEntries(
      [...kept.keys()].map((key) => [`/proc/sys/${key.slice(7).replaceAll(".", "/")}`, () => `${kept.get(key)}\n`]),
    ),
  meant: {
    "own_sysctl-2": "theirs writes every other line of the file anew too; ours leaves them to the byte",
    "own_sysctl-7": "a tab between values is a blank",
    "own_sysctl-34": "`yes` is no value of the kernel's, and is refused by it",
  },
  // They write every line of the file anew, without the blanks around `=`, and of two that set the same only one.
  normal: (text, key) => (key.startsWith("/") ? settings(text) : text),
};

function settings(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const set = lines.map((line) => (/^[#;]/.test(line) ? line : line.replace(/\s*=\s*/, "=")));
  const name = (line: string): string => (/^[^#;=]+(?==)/.exec(line) ?? [line])[0];
  return set
    .filter((line, index) => !line.includes("=") || set.findLastIndex((other) => name(other) === name(line)) === index)
    .join("\n")
    .trim();
}
