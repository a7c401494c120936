import type { Say, Tool } from "./tool.ts";

export const mitamae: Tool = {
  name: "mitamae",
  program: "mitamae",
  install: "where its source can be built: github.com/itamae-kitchen/mitamae, `rake` with gcc",
  version: ["version"],
  isOneFile: true,
  says: {
    copies: each((d) => `remote_file("${d}/dest/f#{i}.conf") { source "${d}/source/f#{i}.conf"; mode "644" }`),
    templates: each(
      (d) => `template("${d}/dest/t#{i}.conf") { source "${d}/source/t.erb"; variables(number: i); mode "644" }`,
    ),
    directories: each((d) => `directory("${d}/dest/d#{i}") { mode "755" }`),
    links: each((d) => `link("${d}/dest/k#{i}") { to "${d}/source/f1.conf" }`),
    lines: (count, d) =>
      `file("${d}/dest/one.conf")\n${each(() => edit(`${d}/dest/one.conf`, "option_#{i} = yes"))(count, d)}`,
    "line files": each((d) => `file("${d}/dest/l#{i}.conf"); ${edit(`${d}/dest/l#{i}.conf`, "option = yes")}`),
    packages: each(() => `package("bench-#{i}")`),
    groups: each(() => `group("benchg#{i}")`),
    users: each(() => `user("bench#{i}") { shell "/bin/sh"; home "/home/bench#{i}"; create_home true }`),
    units: each(() => `service("bench-#{i}") { action [:enable, :start] }`),
  },
  script: (parts) => ({ name: "work.rb", text: parts.join("") }),
  argv: (program, script) => [program, "local", script],
  seconds: { copies: 0.01, templates: 0.01, lines: 0.02, "line files": 0.02, packages: 0.4, units: 0.3, users: 0.02 },
};

function each(resource: (directory: string) => string): Say {
  return (count, directory) => `(1..${count}).each { |i| ${resource(directory)} }\n`;
}

/** It has no words for a line; this is how its users write it. */
function edit(path: string, line: string): string {
  const block = `block { |text| text << "${line}\\n" unless text.lines.include?("${line}\\n") }`;
  return `file("${path}") { action :edit; ${block} }`;
}
