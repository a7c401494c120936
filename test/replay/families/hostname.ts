import { call, type Family } from "../family.ts";

/** Ansible's hostname, by the strategy of systemd. */
export const hostname: Family = {
  name: "hostname",
  call: ({ args }) => call("system.hostname", { name: args["name"] }),
  commands: ({ args }, kept) => ({
    [`hostname ${args["name"] as string}`]: () => {
      for (const key of [RUNNING, STATIC]) kept.set(key, `${args["name"] as string}\n`);
      return "";
    },
  }),
  files: (_step, kept) => ({ "/proc/sys/kernel/hostname": () => kept.get(RUNNING) ?? "" }),
  // They set a pretty name too, which is another one.
  normal: (text, key) => (key === "/etc/machine-info" ? "" : text),
};

const RUNNING = "cmd:uname";
/** What systemd reads of /etc/hostname. */
const STATIC = "cmd:static";
