import { call, type Family } from "../family.ts";

/** Ansible's deb822_repository; apt_repository writes the old format, which ours replaces. */
export const aptSources: Family = {
  name: "apt_sources",
  call({ module, args }) {
    if (module !== "deb822_repository") return "sources of the old format, a line each";
    const { name, state, uris, suites, components, types, architectures, enabled, signed_by: signed, ...more } = args;
    if (more["mode"] !== undefined) return "the mode of the file";
    const { trusted, allow_insecure: insecure, by_hash: hash, pdiffs, languages, targets, inrelease_path: path } = more;
    const words = (value: unknown): unknown => (Array.isArray(value) ? value.join(" ") : value);
    const given = {
      Trusted: trusted,
      "Allow-Insecure": insecure,
      "By-Hash": hash,
      Pdiffs: pdiffs,
      Languages: words(languages),
      Targets: words(targets),
      "Inrelease-Path": path,
    };
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const key = typeof signed === "string" ? { content: signed } : undefined;
    const asked = { uris, suites, components, types, architectures, enabled, key };
    const sets = Object.keys(options).length === 0 ? asked : { ...asked, options };
    return call("pkg.repository", { name: slug(String(name)), state, ...(state === "absent" ? {} : sets) });
  },
  programs: () => ({ "apt-get": "" }),
  files: () => ({ "/etc/os-release": "ID=debian\n" }),
  meant: {
    "own_apt-38": "what is not stated stays: theirs takes it out",
    "own_apt-40": "a file of the old format has the source too, which is an error unless it is to be migrated",
    "own_apt-48": "a source that means the same is the same: theirs writes it anew",
    "own_apt-43": "a key that is none is refused",
    "own_apt-44": "a suite without components is refused: apt cannot read the file that they write",
    "own_apt-45": "a source without an address is refused: apt cannot read the file that they write",
    "own_apt-46": "a source without a suite is refused: apt cannot read the file that they write",
  },
  // A name of several words is one of letters here; fields stand in another order, and only what is stated is taken out.
  normal: (text) =>
    text
      .split("\n")
      .filter((line) => !line.startsWith("X-Repolib-Name:") && line !== "")
      .toSorted()
      .join("\n"),
};

function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(" ", "-")
    .replace(/[^a-z0-9-]/g, "");
}
