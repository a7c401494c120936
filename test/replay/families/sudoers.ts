import { call, type Family } from "../family.ts";

/** Ansible's sudoers. */
export const sudoers: Family = {
  name: "sudoers",
  call: ({ args }) => {
    const { sudoers_path: path, validation: _validation, ...same } = args;
    return call("sudo.rule", { ...same, path });
  },
};
