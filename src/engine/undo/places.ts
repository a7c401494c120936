import { parentOf } from "../../base/path.ts";
import { joined, nameIn } from "../../base/path.ts";
import type { Target } from "../target/target.ts";

/** Where names really are: links above them are followed, what they name is not. Each directory is asked for once. */
export class Places {
  private readonly targetFor: (host: string) => Promise<Target> | Target;
  private readonly directories = new Map<string, string>();

  constructor(targetFor: (host: string) => Promise<Target> | Target) {
    this.targetFor = targetFor;
  }

  async locate(host: string, path: string): Promise<string> {
    if (path === "/") return path;
    const parent = parentOf(path);
    const key = `${host}\0${parent}`;
    const known = this.directories.get(key) ?? (await (await this.targetFor(host)).realPath(parent));
    this.directories.set(key, known);
    return joined(known, nameIn(path));
  }
}
