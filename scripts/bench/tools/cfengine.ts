import type { Say, Tool } from "./tool.ts";

/** Debian's place of CFEngine's own library, which says how services are kept. */
const LIBRARY = "/usr/share/cfengine3/masterfiles/lib";

export const cfengine: Tool = {
  name: "CFEngine",
  program: "cf-agent",
  install: "apt-get install cfengine3",
  version: ["--version"],
  says: {
    copies: each(
      "copies",
      (d) => `files: "${d}/dest/f$(n).conf" copy_from => here("${d}/source/f$(n).conf"), perms => plain;`,
    ),
    templates: each(
      "templates",
      (
        d,
      ) => `files: "${d}/dest/t$(n).conf" create => "true", edit_defaults => large, perms => plain, template_method => "mustache",
    edit_template => "${d}/source/t.mustache", template_data => parsejson('{ "number": "$(n)" }');`,
    ),
    lines: each(
      "lines",
      (d) =>
        `files: "${d}/dest/one.conf" create => "true", edit_defaults => large, edit_line => has("option_$(n) = yes");`,
    ),
    "line files": each(
      "line_files",
      (d) =>
        `files: "${d}/dest/l$(n).conf" create => "true", edit_defaults => large, edit_line => has("option = yes");`,
    ),
    directories: each("directories", (d) => `files: "${d}/dest/d$(n)/." create => "true", perms => directory;`),
    links: each("links", (d) => `files: "${d}/dest/k$(n)" link_from => to("${d}/source/f1.conf");`),
    packages: each("packages", () => `packages: "bench-$(n)" policy => "present", package_module => apt_get;`),
    groups: each(
      "groups",
      () => `classes: "has_$(n)" expression => groupexists("benchg$(n)");
  commands: "/usr/sbin/groupadd benchg$(n)" if => "!has_$(n)";`,
    ),
    users: each(
      "users",
      () =>
        `users: "bench$(n)" policy => "present", shell => "/bin/sh", home_dir => "/home/bench$(n)", home_bundle => home("/home/bench$(n)");`,
    ),
    units: each("units", () => `services: "bench-$(n)" service_policy => "start";`, "commands services"),
  },
  script: (parts) => ({ name: "work.cf", text: [...parts, BODIES, control(parts)].join(""), mode: 0o600 }),
  argv: (program, script) => [program, "-K", "-f", script],
  seconds: { copies: 0.0006, packages: 0.5, units: 0.1, users: 0.1, groups: 0.02 },
  most: 10_000,
};

/** One bundle a kind; `libraries` are the files of CFEngine's own that it leans on. */
function each(name: string, promises: (directory: string) => string, libraries = ""): Say {
  return (count, directory) => `bundle agent all_${name} # ${libraries}
{
  vars: "n" slist => { expandrange("[1-${count}]", 1) };
  ${promises(directory)}
}
`;
}

function control(parts: readonly string[]): string {
  const heads = [...parts.join("").matchAll(/^bundle agent (\w+) # ?(.*)$/gm)];
  const leaned = new Set(heads.flatMap(([, , libraries = ""]) => libraries.split(" ").filter(Boolean)));
  const files = leaned.size === 0 ? [] : ["common", "paths", ...leaned];
  const inputs = files.map((name) => `"${LIBRARY}/${name}.cf"`).join(", ");
  const bundles = heads.map(([, name]) => `"${name}"`).join(", ");
  return `body common control { bundlesequence => { ${bundles} }; inputs => { ${inputs} }; }\n`;
}

// It would look at the packages once in four hours: everybody else here looks in every run.
const BODIES = `body copy_from here(from) { source => "$(from)"; compare => "digest"; copy_backup => "false"; }
body perms plain { mode => "644"; rxdirs => "false"; }
body perms directory { mode => "755"; rxdirs => "false"; }
body link_from to(path) { source => "$(path)"; link_type => "symlink"; }
body edit_defaults large { edit_backup => "false"; max_file_size => "10M"; }
body package_module apt_get { query_installed_ifelapsed => "0"; query_updates_ifelapsed => "1440"; interpreter => "/usr/bin/python3"; }
bundle edit_line has(line) { insert_lines: "$(line)"; }
bundle agent home(path) { files: "$(path)/." create => "true"; }
`;
