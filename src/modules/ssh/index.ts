import type { ModuleDefinition } from "../../engine/resource.ts";
import { authorizedKey } from "./authorized-key.ts";
import { knownHost } from "./known-host.ts";
import { keypair } from "./keypair.ts";

export const ssh: ModuleDefinition = {
  name: "ssh",
  summary: "Who may log in by ssh, which hosts are known, and keys.",
  functions: [authorizedKey, knownHost, keypair],
};
