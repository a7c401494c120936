import type { Say, Tool } from "./tool.ts";

export const ours: Tool = {
  name: "sloth-runner",
  program: "sloth-runner",
  install: "npm run build",
  version: ["version"],
  says: {
    copies: each(
      (d) =>
        `file_ops.copy{ src = "${d}/source/f" .. i .. ".conf", dest = "${d}/dest/f" .. i .. ".conf", mode = "0644" }`,
    ),
    templates: each(
      (d) =>
        `file_ops.template{ src = "${d}/source/t.j2", dest = "${d}/dest/t" .. i .. ".conf", vars = { number = i }, mode = "0644" }`,
    ),
    lines: each(
      (d) => `file_ops.lineinfile{ path = "${d}/dest/one.conf", line = "option_" .. i .. " = yes", create = true }`,
    ),
    "line files": each(
      (d) => `file_ops.lineinfile{ path = "${d}/dest/l" .. i .. ".conf", line = "option = yes", create = true }`,
    ),
    directories: each((d) => `file_ops.directory{ path = "${d}/dest/d" .. i, mode = "0755" }`),
    links: each((d) => `file_ops.symlink{ src = "${d}/source/f1.conf", dest = "${d}/dest/k" .. i }`),
    packages: (count) =>
      `local names = {}\nfor i = 1, ${count} do names[i] = "bench-" .. i end\npkg.install{ name = names }\n`,
    groups: each(() => `group.create{ name = "benchg" .. i }`),
    users: each(
      () => `user.ensure{ name = "bench" .. i, shell = "/bin/sh", home = "/home/bench" .. i, create_home = true }`,
    ),
    units: each(() => `systemd.ensure{ name = "bench-" .. i .. ".service", state = "started", enabled = true }`),
  },
  script: (parts) => ({ name: "work.lua", text: parts.join("") }),
  argv: (program, script, directory) => [program, "run", "--db", `${directory}/db`, script],
  seconds: 0,
};

/** As somebody would write it who does not know of lists. */
export const oneByOne: Tool = {
  ...ours,
  name: "sloth-runner, a call each",
  says: { packages: each(() => `pkg.install{ name = "bench-" .. i }`) },
};

function each(call: (directory: string) => string): Say {
  return (count, directory) => `for i = 1, ${count} do\n  ${call(directory)}\nend\n`;
}
