import type { Say, Tool } from "./tool.ts";

export const pyinfra: Tool = {
  name: "pyinfra",
  program: "pyinfra",
  install: "pip install pyinfra",
  version: ["--version"],
  says: {
    copies: each((d) => `files.put(src=f"${d}/source/f{i}.conf", dest=f"${d}/dest/f{i}.conf", mode="644")`),
    templates: each((d) => `files.template(src="${d}/source/t.j2", dest=f"${d}/dest/t{i}.conf", mode="644", number=i)`),
    lines: each((d) => `files.line(path="${d}/dest/one.conf", line=f"option_{i} = yes")`),
    "line files": each((d) => `files.line(path=f"${d}/dest/l{i}.conf", line="option = yes")`),
    directories: each((d) => `files.directory(path=f"${d}/dest/d{i}", mode="755")`),
    links: each((d) => `files.link(path=f"${d}/dest/k{i}", target="${d}/source/f1.conf")`),
    packages: (count) => `apt.packages(packages=[f"bench-{i}" for i in range(1, ${count + 1})])\n`,
    groups: each(() => `server.group(group=f"benchg{i}")`),
    users: each(() => `server.user(user=f"bench{i}", shell="/bin/sh", home=f"/home/bench{i}", ensure_home=True)`),
    units: each(() => `systemd.service(service=f"bench-{i}.service", running=True, enabled=True)`),
  },
  script: (parts) => ({
    name: "work.py",
    text: `from pyinfra.operations import apt, files, server, systemd\n${parts.join("")}`,
  }),
  argv: (program, script) => [program, "-y", "@local", script],
  seconds: {
    copies: 0.13,
    templates: 0.13,
    lines: 0.13,
    "line files": 0.13,
    directories: 0.1,
    links: 0.1,
    groups: 0.1,
    users: 0.7,
    units: 0.1,
  },
};

function each(operation: (directory: string) => string): Say {
  return (count, directory) => `for i in range(1, ${count + 1}):\n    ${operation(directory)}\n`;
}
