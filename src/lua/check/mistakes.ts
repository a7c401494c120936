import { ScriptError, SlothError, type Location } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { Shape } from "../../engine/shape.ts";
import { meantGlobal } from "../vm/missing.ts";
import { noField } from "../vm/strict.ts";
import type { CheckedFile } from "./check-workflow.ts";
import { checkCallOf, type CheckedFunction, type Coverage } from "./calls.ts";
import { valueOf } from "./literal.ts";
import { UNKNOWN, type Symbol } from "./symbols.ts";
import { SeenSources, type Shelf } from "./sources.ts";
import { SeenTasks } from "./tasks.ts";
import type { Listener, SeenCall } from "./trace.ts";
import { ValueUses } from "./uses.ts";

export interface World {
  /** Which of these dotted names there are not, with the names there are in their place. */
  missingNames(paths: readonly string[]): ReadonlyMap<string, readonly string[]>;
  /** What is known of a function of the program, by its dotted name. */
  function(name: string): CheckedFunction | undefined;
  /** The code of a module that is required: one, or none. */
  module(name: string): readonly CheckedFile[];
  readonly shelf: Shelf;
}

/** Judges what the chunks of a workflow do, and gathers their mistakes. */
export class Judge implements Listener {
  readonly tasks = new SeenTasks();
  private readonly sources = new SeenSources();
  readonly coverage: Coverage = { calls: 0, whole: 0 };
  readonly required: string[] = [];
  readonly uses = new ValueUses();
  private readonly world: World;
  private readonly found = new Map<string, SlothError>();
  /** Names that are read, each with its places. */
  private readonly reads = new Map<string, Location[]>();
  private readonly defined = new Set<string>();
  /** Code that is not seen may define any global. */
  private get isOpen(): boolean {
    return this.uses.isOpen;
  }
  private file = "";

  constructor(world: World) {
    this.world = world;
  }

  enter(file: string): void {
    this.file = file;
  }

  /** All mistakes, in the order of the files and their lines. */
  mistakes(): readonly SlothError[] {
    if (!this.isOpen) this.judgeNames();
    for (const error of this.isOpen ? [] : this.tasks.mistakes()) this.add(error, { file: this.file, line: 1 });
    for (const { error, location, callee } of this.sources.mistakes(this.world.shelf))
      this.add(error, location, callee);
    return [...this.found.values()].toSorted(byPlace);
  }

  add(error: SlothError, location: Location, callee?: string): void {
    error.location ??= location;
    if (callee !== undefined) error.callee ??= callee;
    this.found.set(error.toString(), error);
  }

  private judgeNames(): void {
    const read = [...this.reads.keys()].filter((path) => !this.defined.has(path));
    for (const [path, known] of this.world.missingNames(read)) {
      const above = path.slice(0, path.lastIndexOf(".") + 1);
      const own = [...this.defined].filter((name) => name.startsWith(above)).map((name) => name.slice(above.length));
      for (const location of this.reads.get(path) ?? []) this.add(undefinedName(path, [...known, ...own]), location);
    }
  }

  read(path: readonly string[], line: number): Symbol {
    const name = path.join(".");
    const place = { file: this.file, line };
    const places = this.reads.get(name);
    if (places === undefined) this.reads.set(name, [place]);
    else places.push(place);
    return { kind: "global", path };
  }

  written(path: readonly string[]): void {
    this.defined.add(path.join("."));
  }

  hidden(path: readonly string[]): void {
    if (path[0] === "_G" || path.length === 0) this.uses.isOpen = true;
  }

  handedOn(symbol: Symbol): void {
    this.uses.handOn(symbol);
  }

  field(of: Symbol & { readonly kind: "shaped" }, name: string, line: number): Symbol {
    const { shape, added } = of;
    if (!("fields" in shape) || added.has(name)) return UNKNOWN;
    if (!shape.fields.has(name)) this.add(noField(name, shape.of, shape.fields.keys()), { file: this.file, line });
    return shaped(shape.fields.get(name));
  }

  method(path: readonly string[], name: string, line: number): void {
    const dotted = [...path, name].join(".");
    if (this.world.function(dotted) === undefined) return;
    const hint = `write ${dotted}{ … }, with a dot before the function's name`;
    const error = new SlothError("E_FIELD", "takes one table; more was given", { hint });
    this.add(error, { file: this.file, line }, dotted);
  }

  called(callee: Symbol, args: readonly Symbol[], { line, more, always }: SeenCall): Symbol {
    if (callee.kind !== "global") return UNKNOWN;
    const name = callee.path.join(".");
    this.sources.called(name, textIn(args[0], "dest"));
    const at = { file: this.file, line };
    if (name === "task") this.tasks.add(args[0], at, always);
    if (name === "require") this.requires(args[0], at);
    if (MAKES_NAMES.has(name) || (KEEPS_NAMES.has(name) && isGlobals(args[0]))) this.uses.isOpen = true;
    const known = this.world.function(name);
    if (known === undefined) return UNKNOWN;
    for (const field of known.sources ?? []) {
      const path = textIn(args[0], field);
      if (path !== undefined) this.sources.add(path, name, at);
    }
    const { faults, answers } = checkCallOf(known, args, more, line, this.coverage);
    for (const { error, line: its } of faults) this.add(error, { file: this.file, line: its }, name);
    return shaped(answers);
  }

  private requires(module: Symbol | undefined, at: Location): void {
    if (module?.kind !== "constant" || typeof module.value !== "string") {
      this.uses.isOpen = true;
      return;
    }
    this.required.push(module.value);
    if (this.world.module(module.value).length > 0 || this.defined.has("package.path")) return;
    this.add(new ScriptError("E_NOT_FOUND", `module '${module.value}' is not there`), at, "require");
  }
}

const MAKES_NAMES = new Set(["dofile", "load", "loadfile"]);
const KEEPS_NAMES = new Set(["rawset", "setmetatable"]);

function textIn(table: Symbol | undefined, field: string): string | undefined {
  const value = table?.kind === "table" ? valueOf(table.fields.get(field)?.value) : undefined;
  return typeof value === "string" ? value : undefined;
}

function isGlobals(symbol: Symbol | undefined): boolean {
  return symbol?.kind === "global" && symbol.path.join(".") === "_G";
}

function shaped(shape: Shape | undefined): Symbol {
  return shape === undefined ? UNKNOWN : { kind: "shaped", shape, added: new Set() };
}

function undefinedName(path: string, known: readonly string[]): SlothError {
  const dot = path.lastIndexOf(".");
  const name = path.slice(dot + 1);
  if (dot === -1)
    return new SlothError("E_UNDEFINED", `undefined global '${name}'`, { hint: meantGlobal(name, known) });
  const hint = didYouMean(name, known) ?? `it has ${known.toSorted().join(", ")}`;
  return new SlothError("E_UNDEFINED", `'${name}' is not in ${path.slice(0, dot)}`, { hint });
}

function byPlace(a: SlothError, b: SlothError): number {
  const [left, right] = [a.location, b.location];
  if (left === undefined || right === undefined || left.file !== right.file) return 0;
  return left.line - right.line;
}
