import { ScriptError, SlothError, type Location } from "../../base/errors.ts";
import { orderTasks } from "../../engine/tasks/order-tasks.ts";
import { shapesOf } from "../../engine/shape.ts";
import { CTX_TYPE } from "../to-task.ts";
import { valueOf } from "./literal.ts";
import type { Symbol } from "./symbols.ts";

const [CTX] = shapesOf(CTX_TYPE, "ctx");

interface SeenTask {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly tags: readonly string[];
  readonly location: Location;
  readonly always: boolean;
}

const FUNCTIONS = ["run", "when", "on_success", "on_failure"];

/** Tasks whose names and dependencies are written out. */
export class SeenTasks {
  private readonly seen: SeenTask[] = [];
  private isWhole = true;

  /** `always`: it is declared whenever the file is run. */
  add(table: Symbol | undefined, location: Location, always: boolean): void {
    if (table?.kind !== "table") {
      this.isWhole = false;
      return;
    }
    for (const field of FUNCTIONS) {
      const fn = table.fields.get(field)?.value;
      if (fn?.kind === "closure" && CTX !== undefined)
        fn.parameters[0] = { kind: "shaped", shape: CTX, added: new Set() };
    }
    const name = valueOf(table.fields.get("name")?.value);
    const given = table.fields.get("depends_on");
    const on = given === undefined ? [] : valueOf(given.value);
    const dependsOn =
      typeof on === "string" ? [on] : Array.isArray(on) ? on.filter((one) => typeof one === "string") : undefined;
    if (typeof name !== "string" || dependsOn === undefined || table.isOpen) this.isWhole = false;
    else this.seen.push({ name, dependsOn, tags: [], location, always });
  }

  /** Where some are made at run time, nothing is said of these. */
  mistakes(): readonly SlothError[] {
    if (!this.isWhole) return [];
    try {
      orderTasks(this.seen);
    } catch (error) {
      if (error instanceof SlothError) return [...this.twice(), error];
      throw error;
    }
    return this.twice();
  }

  private twice(): readonly SlothError[] {
    const first = new Map<string, SeenTask>();
    return this.seen.flatMap((task) => {
      const earlier = task.always ? first.get(task.name) : undefined;
      if (task.always && earlier === undefined) first.set(task.name, task);
      if (earlier === undefined) return [];
      const { file, line } = earlier.location;
      const error = new ScriptError("E_DECLARED_TWICE", `'${task.name}' is declared already, at ${file}:${line}`);
      return [Object.assign(error, { callee: "task", location: task.location })];
    });
  }
}
