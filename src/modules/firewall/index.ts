import type { ModuleDefinition } from "../../engine/resource.ts";
import { enabled } from "./enabled.ts";
import { policy } from "./policy.ts";
import { rule } from "./rule.ts";

export const firewall: ModuleDefinition = {
  name: "firewall",
  summary: "Who may reach the machine: over nftables, ufw or firewalld.",
  functions: [rule, policy, enabled],
};
