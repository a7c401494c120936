import { call, type Family } from "../family.ts";

/** community.general's kernel_blacklist. */
export const kernelBlacklist: Family = {
  name: "kernel_blacklist",
  call: ({ args }) => {
    const { name, blacklist_file: file = "/etc/modprobe.d/blacklist-ansible.conf", state } = args;
    return call("kernel.module", { name, file, blacklist: state !== "absent" });
  },
  files: () => ({ "/proc/modules": "" }),
};
