import { toText } from "../../../src/base/byte-text.ts";
import type { FakeCommands } from "../../support/fake-system.ts";
import { call, type Call, type Family, type Step } from "../family.ts";

/** Ansible's cron and cronvar, and Puppet's cron. */
export const cron: Family = {
  name: "cron",
  call: (step) => (step.module === "puppet-cron" ? puppet(step) : ansible(step)),
  commands({ args }, kept) {
    const user = typeof args["user"] === "string" ? args["user"] : "root";
    const users = [user, ...[...kept.keys()].map((key) => key.slice("crontab:".length))];
    return Object.assign({}, ...users.map((user) => crontabOf(user, kept))) as FakeCommands;
  },
  files: (step) => ({
    "/etc/passwd":
      "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/sh\ncronny:x:1000:1000::/home/cronny:/bin/sh\ntstuser:x:1001:1001::/:/bin/sh\n" +
      (step.module === "puppet-cron" && step.args["user"] !== "nosuchuser"
        ? `${step.args["user"] as string}:x:1002:1002::/:/bin/sh\n`
        : ""),
  }),
  // A crontab without a line is none; what Puppet writes above it says nothing of it; its marker is as good as ours.
  meant: {
    "own_cron-46": "a value in quotes is written in the other kind, where their crontab is refused",
    "own_cron-76": "blanks around a command mean nothing to cron and are not written",
    "own_cron-77": "blanks around a command mean nothing to cron, so there is nothing to do",
    "own_cron-78": "blanks around a field are not written",
    "own_cron-80": "an empty name finds nothing again and is refused",
    "puppet-4": "`environment => []` of theirs never converges",
    "puppet-85": "a field that is absent is `*`, as Ansible has it; theirs is left as it was",
    "puppet-34": "a user who is not there is told in plan already",
    "puppet-98": "a command of several lines is refused: they write it, and cron refuses the crontab",
    "puppet-99": "a command of several lines is refused: they say changed, and cron refuses the crontab",
    "puppet-5": "`environment => []` of theirs never converges",
  },
  normal: (text) =>
    text
      .replace(/^# HEADER:.*\n/gm, "")
      .replace(/^# Puppet Name: /gm, "#Ansible: ")
      .replace(/^\n$/, ""),
};

function crontabOf(user: string, kept: Map<string, string>): FakeCommands {
  const key = `crontab:${user}`;
  return {
    [`crontab -u ${user} -l`]: () => kept.get(key) ?? { exitCode: 1, stderr: `no crontab for ${user}\n` },
    [`crontab -u ${user} -`]: ({ stdin = "" }) => {
      kept.set(key, typeof stdin === "string" ? stdin : toText(stdin));
      return "";
    },
    [`crontab -u ${user} -r`]: () => {
      kept.delete(key);
      return "";
    },
  };
}

function ansible({ module, args }: Step): Call | string {
  const { name, state, user, disabled, special_time: special, cron_file: file } = args;
  if (args["backup"] === true) return "backup of a crontab";
  const place = { name, state, user, file };
  if (module === "cronvar" || args["env"] === true) {
    const { insertafter, insertbefore } = args;
    return call("cron.env", { ...place, value: args["value"] ?? args["job"], insertafter, insertbefore });
  }
  const { job, minute, hour, day, month, weekday } = args;
  return call("cron.job", { ...place, job, minute, hour, day, month, weekday, special, disabled });
}

function puppet({ args }: Step): Call | string {
  const { name, user, command: job, ensure: state, minute, hour, month, special, weekday, monthday: day } = args;
  if (Array.isArray(args["environment"]) && args["environment"].length > 0) return "variables of one job alone";
  const fields = { minute, hour, day, month, weekday };
  const joined = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, joinedField(value)]));
  return call("cron.job", { name, user, job, state, special, ...joined });
}

function joinedField(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbered).join(",");
  return value === "absent" ? undefined : numbered(value);
}

/** Puppet writes numbers for names. */
function numbered(value: unknown): unknown {
  const at = (names: string): number =>
    Array.from(names.matchAll(/.../g), ([each]) => each).indexOf(String(value).slice(0, 3).toLowerCase());
  const month = at("janfebmaraprmayjunjulaugsepoctnovdec");
  const day = at("sunmontuewedthufrisat");
  return month !== -1 ? month + 1 : day !== -1 ? day : value;
}
