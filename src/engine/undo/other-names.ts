import type { ValueObject } from "../../base/value.ts";
import type { ResourceRow } from "../record/record.ts";
import type { Touched } from "./destroy.ts";
import type { DriftOptions } from "./find-drift.ts";

/** Second names that a stack gave to files: what was done by one of them was done to the file by all its names. */
export class OtherNames {
  private readonly rows: readonly ResourceRow[];
  private readonly leftOf: Touched["leftOf"];
  private readonly targetFor: DriftOptions["targetFor"];
  private byFile: ReadonlyMap<string, readonly ResourceRow[]> | undefined;

  constructor(rows: readonly ResourceRow[], leftOf: Touched["leftOf"], targetFor: DriftOptions["targetFor"]) {
    this.rows = rows;
    this.leftOf = leftOf;
    this.targetFor = targetFor;
  }

  /** How a file was left by its other names. */
  async leftsOf({ host, name }: ResourceRow): Promise<readonly ValueObject[]> {
    this.byFile ??= await this.read();
    return (this.byFile.get(`${host}\0${name}`) ?? []).flatMap((row) => {
      const left = this.leftOf(row);
      return left === undefined || left === null ? [] : [left];
    });
  }

  private async read(): Promise<ReadonlyMap<string, readonly ResourceRow[]>> {
    const found = new Map<string, ResourceRow[]>();
    for (const row of this.rows) {
      const of = row.declarations.map(({ stated }) => stated?.["hardlink_of"]).find((one) => typeof one === "string");
      if (of === undefined) continue;
      const key = `${row.host}\0${await (await this.targetFor(row.host)).realPath(of)}`;
      found.set(key, [...(found.get(key) ?? []), row]);
    }
    return found;
  }
}
