import { sshWorkloads } from "./ssh/workloads.ts";
import { files, synced } from "./workloads/files.ts";
import { gigabyte } from "./workloads/gigabyte.ts";
import { onHost } from "./workloads/host.ts";
import { record } from "./workloads/record.ts";
import { everyCommand, start } from "./workloads/start.ts";
import type { Workload } from "./workloads/workload.ts";

const long = { long: true };

export const workloads: readonly Workload[] = [
  start,
  everyCommand,
  files("30 copies", { copies: 30 }),
  files("300 copies", { copies: 300 }),
  files("1000 copies", { copies: 1000 }),
  files("10000 copies", { copies: 10_000 }),
  files("100000 copies", { copies: 100_000 }, long),
  synced(1000),
  synced(10_000, long),
  files("1000 lines in one file", { lines: 1000 }),
  files("1000 lines in as many files", { "line files": 1000 }),
  record(10_000),
  record(100_000, long),
  gigabyte,
  // Last, because the host stays until the end.
  onHost("200 packages", { packages: 200 }),
  onHost("100 units", { units: 100 }),
  onHost("50 users", { users: 50 }),
  onHost("150 resources of a server", {
    directories: 15,
    packages: 20,
    groups: 5,
    users: 10,
    copies: 40,
    templates: 20,
    "line files": 20,
    links: 10,
    units: 10,
  }),
  ...sshWorkloads,
];
