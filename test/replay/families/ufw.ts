import type { FakeCommands } from "../../support/fake-system.ts";
import type { FakeFiles } from "../../support/fake-files.ts";
import { call, type Call, type Family, type Step } from "../family.ts";

/** Ansible's ufw. What ufw itself makes of a command is in the recording: of the command that its arguments mean, and of no other. */
export const ufw: Family = {
  name: "ufw",
  call: ours,
  commands: (step, kept) =>
    Object.fromEntries(meantBy(step).map((words) => [words, answer(step, kept)])) as FakeCommands,
  files: ({ before }): FakeFiles => ({
    "/etc/.keep": "",
    ...(before["/etc/ufw/ufw.conf"] === undefined && { "/usr/sbin/ufw": "" }),
  }),
};

function ours({ args }: Step): Call | string {
  const { rule: action, state, default: policy, direction, delete: gone } = args;
  const backend = "ufw";
  if (state === "enabled" || state === "disabled")
    return call("firewall.enabled", { enabled: state === "enabled", backend });
  if (state !== undefined) return "reset and reload: nothing is kept";
  if (policy !== undefined) return call("firewall.policy", { [way(direction)]: policy, backend });
  if (action === undefined) return "logging";
  if (args["insert"] !== undefined) return "a place among other rules";
  if (args["name"] !== undefined || args["log"] === true) return "applications and logging";
  const isRouted = args["route"] === true;
  const [by, out] = [args["interface_in"], args["interface_out"]];
  if (by !== undefined && out !== undefined && !isRouted)
    return call("firewall.rule", { action, backend, interface: by, out_interface: out });
  return call("firewall.rule", {
    action,
    backend,
    proto: args["proto"],
    port: args["port"] ?? args["to_port"],
    from: args["from_ip"],
    from_port: args["from_port"],
    to: args["to_ip"],
    comment: args["comment"],
    direction: isRouted ? "forward" : out === undefined ? direction : "out",
    interface: by ?? args["interface"] ?? (isRouted ? undefined : out),
    out_interface: isRouted ? out : undefined,
    state: gone === true ? "absent" : undefined,
  });
}

function way(direction: unknown): string {
  return { outgoing: "outgoing", routed: "forward" }[String(direction as string)] ?? "incoming";
}

/** The words that such arguments mean. */
function meantBy({ args }: Step): readonly string[] {
  if (args["state"] === "enabled") return ["ufw --force enable"];
  if (args["state"] === "disabled") return ["ufw --force disable"];
  if (args["default"] !== undefined)
    return [`ufw default ${String(args["default"] as string)} ${String((args["direction"] ?? "incoming") as string)}`];
  const text = (name: string): string | undefined =>
    args[name] === undefined ? undefined : String(args[name] as string);
  const isRouted = args["route"] === true;
  const [by, out] = [text("interface_in"), text("interface_out")];
  const port = text("port") ?? text("to_port");
  const words = [
    "ufw",
    isRouted ? "route" : "",
    args["delete"] === true ? "delete" : "",
    text("rule"),
    isRouted ? "" : out === undefined ? (text("direction") ?? "in") : "out",
    by === undefined ? "" : `${isRouted ? "in " : ""}on ${by}`,
    out === undefined ? "" : `${isRouted ? "out " : ""}on ${out}`,
    `from ${text("from_ip") ?? "any"}`,
    text("from_port") === undefined ? "" : `port ${text("from_port")}`,
    `to ${text("to_ip") ?? "any"}`,
    port === undefined ? "" : `port ${port}`,
    text("proto") === undefined ? "" : `proto ${text("proto")}`,
    text("comment") === undefined ? "" : `comment ${text("comment")}`,
  ];
  return [words.filter((word) => word !== undefined && word !== "").join(" ")];
}

function answer({ after }: Step, kept: Map<string, string>): FakeCommands[string] {
  return async (_options, system) => {
    for (const [key, entry] of Object.entries(after)) {
      if (typeof entry === "string") kept.set(key, entry);
      else if (typeof entry?.text === "string") await system.writeFile(key, Buffer.from(entry.text), {});
    }
    return "";
  };
}
