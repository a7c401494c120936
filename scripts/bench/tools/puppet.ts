import type { Say, Tool } from "./tool.ts";

export const puppet: Tool = {
  name: "Puppet",
  program: "puppet",
  install: "apt-get install puppet-agent puppet-module-puppetlabs-stdlib",
  version: ["--version"],
  says: {
    copies: each(
      (d) =>
        `file { "${d}/dest/f\${i}.conf": ensure => file, source => "${d}/source/f\${i}.conf", mode => '0644', checksum => 'sha256' }`,
    ),
    templates: each(
      (d) =>
        `file { "${d}/dest/t\${i}.conf": ensure => file, content => epp('${d}/source/t.epp', { number => $i }), mode => '0644' }`,
    ),
    lines: (count, d) =>
      `file { '${d}/dest/one.conf': ensure => file }\n` +
      each(() => `file_line { "one\${i}": path => '${d}/dest/one.conf', line => "option_\${i} = yes" }`)(count, d),
    "line files": each(
      (d) =>
        `file { "${d}/dest/l\${i}.conf": ensure => file } file_line { "l\${i}": path => "${d}/dest/l\${i}.conf", line => 'option = yes' }`,
    ),
    directories: each((d) => `file { "${d}/dest/d\${i}": ensure => directory, mode => '0755' }`),
    links: each((d) => `file { "${d}/dest/k\${i}": ensure => link, target => '${d}/source/f1.conf' }`),
    packages: each(() => `package { "bench-\${i}": ensure => installed }`),
    groups: each(() => `group { "benchg\${i}": ensure => present }`),
    users: each(
      () =>
        `user { "bench\${i}": ensure => present, shell => '/bin/sh', home => "/home/bench\${i}", managehome => true }`,
    ),
    units: each(() => `service { "bench-\${i}": ensure => running, enable => true }`),
  },
  script: (parts) => ({ name: "work.pp", text: parts.join("") }),
  argv: (program, script) => [program, "apply", script],
  seconds: { copies: 0.005, lines: 0.005, "line files": 0.01, packages: 0.4, units: 0.3, users: 0.1, groups: 0.1 },
};

function each(resource: (directory: string) => string): Say {
  return (count, directory) => `Integer[1, ${count}].each |$i| { ${resource(directory)} }\n`;
}
