import type { HeldContents } from "../target/held-contents.ts";
import type { StackRecord } from "./record.ts";

/**
 * Files that a sensitive declaration is about, of this run, of an earlier one, or of another stack: by a line, a block, or as a whole. Their
 * contents are neither kept nor shown by whoever changes them.
 */
export class SealedFiles {
  private readonly record: Pick<StackRecord, "sealedTexts">;
  private readonly contents: HeldContents;
  private readonly ofThisRun = new Set<string>();
  /** By host; read when it is first asked for. */
  private readonly recorded = new Map<string, ReadonlySet<string>>();

  constructor(record: Pick<StackRecord, "sealedTexts">, contents: HeldContents) {
    this.record = record;
    this.contents = contents;
  }

  add(host: string, path: string): void {
    this.ofThisRun.add(`${host} ${path}`);
  }

  has(host: string, path: string): boolean {
    if (this.ofThisRun.has(`${host} ${path}`)) return true;
    const recorded = this.recorded.get(host) ?? this.record.sealedTexts(host);
    this.recorded.set(host, recorded);
    // What is about a part of a file has its path sealed with all else.
    return recorded.size > 0 && (recorded.has(path) || recorded.has(this.contents.keyedDigest(path)));
  }
}
