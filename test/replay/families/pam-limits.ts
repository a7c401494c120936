import { call, type Family } from "../family.ts";

/** Ansible's pam_limits. */
export const pamLimits: Family = {
  name: "pam_limits",
  call: ({ args }) => {
    const { dest: file, domain, limit_type: type, limit_item: item, value, comment } = args;
    if (args["use_min"] === true || args["use_max"] === true) return "the lower or the higher of two values";
    return call("limits.entry", { file, domain, type, item, value, comment });
  },
  // The comment of one line goes along to the lines that they write after it.
  normal: (text) => text.replace(/\t#new words\n(\n?)/g, (whole, more) => (more === "" ? whole : "\n")),
};
