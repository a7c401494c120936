import { resolve } from "node:path";
import type { Source } from "../engine/resource.ts";
import type { HostPort } from "../lua/library/machine-port.ts";

/** Lua code, and files that are opened to read by a relative path, are read where `locate` says. */
export function locatedPort(port: HostPort, locate: Source["locate"] | undefined): HostPort {
  if (locate === undefined) return port;
  return {
    ...port,
    source: (path) => port.source(locate(path)),
    open(path, mode, call) {
      const isOurs = mode === "r" && !path.startsWith("/");
      return port.open(isOurs ? locate(resolve(path)) : path, mode, call);
    },
  };
}
