import { SlothError } from "../../base/errors.ts";
import { after } from "../../base/maybe-promise.ts";
import type { OnTouch, ReadSystem, System } from "../../system/system.ts";
import { diffStated } from "../call/diff.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import { Footprint, keptFrom, leavesTraces, placeOf } from "./footprint.ts";
import type { Kept } from "../record/record.ts";
import type { ActionResult, AnyAction, AnyQuery, AnyResource, Diff, Facts } from "../resource.ts";
import type { Applied, Examined, Item, Target, TargetCall } from "./target.ts";
import type { Value } from "../../base/value.ts";

/** One machine for one run, as `system/host.ts` makes it. */
export interface Machine {
  reader(call: { readonly signal: AbortSignal; readonly sensitive?: boolean | undefined }): ReadSystem;
  writer(call: {
    readonly signal: AbortSignal;
    readonly sensitive?: boolean | undefined;
    readonly onTouch?: OnTouch | undefined;
  }): System;
  noteUnknown(reason: string, of?: { readonly kind: string; readonly name: string }): void;
  predict(kind: string, name: string, facts: Facts | null): void;
  changed(): void;
  syncDirectories(): Promise<void>;
}

/** The machine this process runs on, for the controller and for the far end of ssh alike. */
export class LocalTarget implements Target {
  readonly host: string;
  private readonly machine: Machine;
  private readonly planning: boolean;
  /** For looks that are no call's own. */
  private readonly aside: ReadSystem;

  constructor(host: string, machine: Machine, planning: boolean) {
    this.host = host;
    this.machine = machine;
    this.planning = planning;
    this.aside = machine.reader({ signal: new AbortController().signal });
  }

  examine(type: AnyResource, name: string, want: Value, call: TargetCall): Examined | Promise<Examined> {
    const system = this.machine.reader(call);
    return after(compare(type, name, want, system), (compared) => {
      refuseAbsent(type, want, compared.diff, system);
      const differs = !compared.asIs && compared.diff.changes.length > 0;
      const via = differs ? elsewhere(type, name, system) : undefined;
      if (call.keep !== "always" && (!call.keep || !differs))
        return via === undefined ? compared : { ...compared, via };
      return { ...compared, via, before: keptOf(type, want, compared.diff.actual, system) };
    });
  }

  read(type: AnyResource, _name: string, want: Value, call: TargetCall): Facts | null | Promise<Facts | null> {
    return type.read(want, this.machine.reader(call));
  }

  async apply(type: AnyResource, items: readonly Item[], call: TargetCall): Promise<readonly Applied[]> {
    const predicts = this.planning && type.predict !== undefined;
    if (predicts) {
      type.refuse?.(this.machine.reader(call));
      items.forEach((item) => this.predict(type, item));
    } else await this.make(type, items, call);
    const system = this.machine.reader(call);
    const applied: Applied[] = [];
    for (const item of items) applied.push(await readAgain(type, item, system, call));
    return applied;
  }

  needed(type: AnyAction, want: Value, call: TargetCall): boolean | Promise<boolean> {
    return type.needed === undefined ? true : type.needed(want, this.machine.reader(call));
  }

  async act(type: AnyAction, want: Value, call: TargetCall): Promise<ActionResult> {
    try {
      return await type.run(want, withOutput(this.machine.writer(call), call), call.inputs);
    } finally {
      if (type.readOnly?.(want) !== true) this.machine.changed();
    }
  }

  async foretell(type: AnyAction, want: Value, call: TargetCall): Promise<void> {
    type.refuse?.(this.machine.reader(call));
    const predictions = (await type.predict?.(want, this.machine.reader(call))) ?? [];
    for (const { kind, name, facts } of predictions) this.machine.predict(kind, name, facts);
  }

  query(type: AnyQuery, want: Value, call: TargetCall): Value | Promise<Value> {
    return type.read(want, this.machine.reader(call));
  }

  open(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.machine.reader({ signal }).stream(path);
  }

  isDirectory(path: string): boolean {
    return this.aside.stat(path)?.type === "directory";
  }

  realPath(path: string): string {
    return this.aside.realPath(path) ?? path;
  }

  unknownBecause(): string | undefined {
    return this.aside.unknownBecause();
  }

  noteUnknown(reason: string, of?: { readonly kind: string; readonly name: string }): void {
    this.machine.noteUnknown(reason, of);
  }

  settle(): Promise<void> {
    return this.machine.syncDirectories();
  }

  private async make(type: AnyResource, items: readonly Item[], call: TargetCall): Promise<void> {
    const { signal, sensitive, keep, traces } = call;
    const looks = this.machine.reader(call);
    const footprint =
      traces && leavesTraces(type) ? new Footprint(looks, traces, { type, items, keeps: keep !== false }) : undefined;
    const system = this.machine.writer({
      signal,
      sensitive,
      onTouch: footprint && ((place, how) => footprint.touching(place, how)),
    });
    try {
      const doomed = items.filter((item) => item.remove === true);
      for (const { want } of doomed) {
        // What an earlier step took along is gone by now: a user's own group.
        const actual = await type.read(want, system);
        if (actual !== null) await type.undo?.remove?.(want, actual, system);
      }
      const wanted = doomed.length === 0 ? items : items.filter((item) => item.remove !== true);
      if (wanted.length === 0) return;
      if (type.applyAll !== undefined) return await type.applyAll(wanted, system, call.inputs);
      for (const { want, diff } of wanted) await type.apply(want, diff, system, call.inputs);
    } finally {
      footprint?.end();
      this.machine.changed();
    }
  }

  private predict(type: AnyResource, { name, want, diff }: Item): void {
    this.machine.predict(type.kind, name, type.predict?.(diff.actual, diff.desired, want) ?? null);
  }
}

function compare(type: AnyResource, name: string, want: Value, system: ReadSystem): Examined | Promise<Examined> {
  const predicted = system.predicted(type.kind, name) as Facts | null | undefined;
  const actual = predicted === undefined ? type.read(want, system) : predicted;
  return after(actual, (found) =>
    after(type.desired(want, found, system), (desired) => differences(type, found, desired)),
  );
}

function differences(type: AnyResource, actual: Facts | null, desired: Partial<Facts> | null | "asis"): Examined {
  if (desired === "asis") return { asIs: true, diff: { action: "update", changes: [], actual, desired: {} } };
  const diff = type.diff === undefined ? diffStated(actual, desired) : type.diff(actual, desired);
  return { asIs: false, diff };
}

/** In plan, a file that is not there and shall not be may yet come by an earlier step that was not really done. */
function refuseAbsent(type: AnyResource, want: Value, { actual, desired }: Diff, system: ReadSystem): void {
  if (actual !== null || desired !== null) return;
  const because = system.unknownBecause();
  if (because === undefined) return;
  const path = type.file?.(want);
  if (path !== undefined && system.lstat(path) === null) throw new SlothError("E_UNKNOWN", because);
}

async function readAgain(type: AnyResource, item: Item, system: ReadSystem, call: TargetCall): Promise<Applied> {
  if (item.remove === true) {
    const found = await type.read(item.want, system);
    return { after: found, desired: null, left: diffStated(found, null).changes };
  }
  const { diff: left, asIs } = await compare(type, item.name, item.want, system);
  const contents = call.keep !== false ? keptOf(type, item.want, left.actual, system) : undefined;
  const desired = asIs ? item.diff.desired : left.desired;
  return { after: left.actual, desired, left: left.changes, contents };
}

/** Where a path really is that a link above it leads to. */
function elsewhere(type: AnyResource, name: string, system: ReadSystem): string | undefined {
  const place = type.kind === PATH_KIND ? placeOf(name, system) : name;
  return place === name ? undefined : place;
}

/** Of a path that is no link to be looked through, what is at it itself. */
function keptOf(type: AnyResource, want: Value, actual: Facts | null, system: ReadSystem): Kept | undefined {
  const path = type.file?.(want);
  if (path === undefined) return undefined;
  return keptFrom(path, system, type.kind !== PATH_KIND || actual?.["via"] !== undefined);
}

/** The same system, whose commands also show their output as it comes. */
function withOutput(system: System, { onOutput }: TargetCall): System {
  if (onOutput === undefined) return system;
  const run: System["run"] = (argv, options) => system.run(argv, { onOutput, ...options });
  return Object.assign(Object.create(system) as System, { run });
}
