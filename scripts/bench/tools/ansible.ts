import type { Say, Tool } from "./tool.ts";

export const ansible: Tool = {
  name: "Ansible",
  program: "ansible-playbook",
  install: "apt-get install ansible-core",
  version: ["--version"],
  says: {
    copies: each("copy", (d) => ({
      src: `${d}/source/f{{ item }}.conf`,
      dest: `${d}/dest/f{{ item }}.conf`,
      mode: "0644",
    })),
    templates: each(
      "template",
      (d) => ({ src: `${d}/source/t.j2`, dest: `${d}/dest/t{{ item }}.conf`, mode: "0644" }),
      { vars: { number: "{{ item }}" } },
    ),
    lines: each("lineinfile", (d) => ({ path: `${d}/dest/one.conf`, line: "option_{{ item }} = yes", create: true })),
    "line files": each("lineinfile", (d) => ({
      path: `${d}/dest/l{{ item }}.conf`,
      line: "option = yes",
      create: true,
    })),
    directories: each("file", (d) => ({ path: `${d}/dest/d{{ item }}`, state: "directory", mode: "0755" })),
    links: each("file", (d) => ({ src: `${d}/source/f1.conf`, dest: `${d}/dest/k{{ item }}`, state: "link" })),
    packages: (count) =>
      JSON.stringify({ "ansible.builtin.apt": { name: Array.from({ length: count }, (_, i) => `bench-${i + 1}`) } }),
    groups: each("group", () => ({ name: "benchg{{ item }}" })),
    users: each("user", () => ({ name: "bench{{ item }}", shell: "/bin/sh", home: "/home/bench{{ item }}" })),
    units: each("systemd", () => ({ name: "bench-{{ item }}", state: "started", enabled: true })),
  },
  script: (parts) => ({ name: "work.yml", text: `[{${PLAY},"tasks":[${parts.join(",")}]}]` }),
  argv: (program, script) => [program, "-i", "localhost,", script],
  seconds: {
    copies: 0.9,
    templates: 0.9,
    lines: 0.5,
    "line files": 0.5,
    directories: 0.5,
    links: 0.5,
    groups: 0.5,
    users: 0.5,
    units: 0.8,
  },
};

/** Modules run with the Python that Ansible itself runs with: which one it finds otherwise is no matter of ours. */
const PLAY = JSON.stringify({
  hosts: "localhost",
  connection: "local",
  gather_facts: false,
  vars: { ansible_python_interpreter: "{{ ansible_playbook_python }}" },
}).slice(1, -1);

function each(module: string, fields: (directory: string) => object, more: object = {}): Say {
  return (count, directory) =>
    JSON.stringify({
      [`ansible.builtin.${module}`]: fields(directory),
      with_sequence: `start=1 end=${count}`,
      ...more,
    });
}
