import { call, type Family } from "../family.ts";

/** Ansible's timezone. */
export const timezone: Family = {
  name: "timezone",
  call: ({ args }) =>
    args["name"] === undefined ? "the clock of the hardware" : call("system.timezone", { name: args["name"] }),
  meant: { "timezone-3": "/etc/timezone, which theirs leaves wrong, is put right" },
  files: ({ args }) => ({ [`/usr/share/zoneinfo/${args["name"] as string}`]: "TZif" }),
  // The link may be written from the root or from where it is; Debian's /etc/timezone, which they leave wrong, is kept too.
  normal: (text, key) =>
    key === "/etc/timezone" || key.startsWith("cmd:") ? "" : text.replace(/-> .*zoneinfo/, "-> zoneinfo"),
};
