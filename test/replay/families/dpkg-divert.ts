import { utf8Text } from "../../../src/base/byte-text.ts";
import { call, type Family } from "../family.ts";

const RECORD = "/var/lib/dpkg/diversions";

/** Ansible's dpkg_divert. */
export const dpkgDivert: Family = {
  name: "dpkg_divert",
  call({ args }) {
    if (args["force"] === true) return "files that are in the way are not overwritten";
    const { path, divert: to, holder, rename = false, state } = args;
    const owner = holder === "LOCAL" ? undefined : holder;
    return call("pkg.divert", { path, to, package: owner, rename, state });
  },
  programs: () => ({
    "apt-get": "",
    "dpkg-divert": async (_options, system, argv) => {
      const [path = "", to = ""] = [argv.at(-1), argv[argv.indexOf("--divert") + 1]];
      const owner = argv.includes("--package") ? (argv[argv.indexOf("--package") + 1] ?? "") : ":";
      const lines = utf8Text(system.readFile(RECORD)).split("\n");
      const at = lines.findIndex((line, index) => index % 3 === 0 && line === path);
      const others = at === -1 ? lines : [...lines.slice(0, at), ...lines.slice(at + 3)];
      const isAdded = argv.includes("--add");
      await system.writeFile(RECORD, Buffer.from((isAdded ? [path, to, owner, ...others] : others).join("\n")), {});
      const [from, into] = isAdded ? [path, to] : [to, path];
      if (argv.includes("--rename") && system.lstat(from) !== null) system.rename(from, into);
      return "";
    },
  }),
  files: () => ({ "/etc/os-release": "ID=debian\n" }),
  text: (key) => (key.startsWith("cmd:") ? "" : undefined),
  normal: (text, key) => (key.startsWith("cmd:") ? "" : text),
};
