import { isAbsolute, relative, resolve } from "node:path";
import { checkCall, parseCall } from "../../engine/call/common-fields.ts";
import type { HostFunction, ModuleDefinition, ModuleFunction, Source } from "../../engine/resource.ts";
import { parseProps, sourcesOf } from "../../engine/schema.ts";
import type { Value } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { nameIn, parentOf } from "../../base/path.ts";
import { shapesFor } from "../answers.ts";
import { luaReference } from "../reference.ts";
import type { HostPort } from "../library/machine-port.ts";
import { taskSchema, workflowSchema } from "../workflow.ts";
import type { CheckedFunction } from "./calls.ts";
import type { World } from "./mistakes.ts";
import type { Shelf } from "./sources.ts";

export interface WorldOptions {
  readonly modules: readonly ModuleDefinition[];
  readonly missingNames: World["missingNames"];
  readonly source: Source;
  readonly port: HostPort;
  readonly workflowDirectory: string;
}

export function worldOf({ modules, missingNames, source, port, workflowDirectory }: WorldOptions): World {
  return {
    missingNames,
    function: (name) => functionNamed(name, modules),
    shelf: shelfOf(source),
    module(name) {
      const path = name.replaceAll(".", "/");
      const files = [`${path}.lua`, `${path}/init.lua`].map((file) => resolve(workflowDirectory, file));
      const found = files.map((file) => ({ file: shown(file), source: unlessRefused(() => port.source(file)) }));
      return found
        .flatMap(({ file, source: code }) => (code === undefined ? [] : [{ file, source: code }]))
        .slice(0, 1);
    },
  };
}

/** What cannot be looked at is told by the call that comes to it, with its line. */
function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SlothError) return undefined;
    throw error;
  }
}

/** As `require` names it in errors. */
function shown(file: string): string {
  const below = relative(process.cwd(), file);
  return below.startsWith("..") ? file : below;
}

function shelfOf(source: Source): Shelf {
  return {
    missing(path) {
      const file = source.locate(isAbsolute(path) ? path : resolve(source.workflowDirectory, path));
      const directory = parentOf(file);
      return unlessRefused(() => {
        if (nameIn(file) === "" || source.stat(file) !== null) return undefined;
        return source.stat(directory)?.type === "directory" ? source.list(directory) : [];
      });
    },
  };
}

const known = new Map<string, CheckedFunction | undefined>();

function functionNamed(name: string, modules: readonly ModuleDefinition[]): CheckedFunction | undefined {
  if (!known.has(name)) known.set(name, found(name, modules));
  return known.get(name);
}

function found(name: string, modules: readonly ModuleDefinition[]): CheckedFunction | undefined {
  if (name === "workflow") return declaration(name, workflowSchema);
  if (name === "task") return declaration(name, taskSchema);
  for (const { functions } of modules) {
    const one = functions.find((candidate) => candidate.name === name);
    if (one !== undefined) return checked(one);
  }
  const own = luaReference.flatMap((module) => module.functions).find((one) => one.name === name);
  return own && { name, answers: undefined, parameters: own.parameters };
}

/** Their tables hold functions, which are no plain data: only their fields are looked at. */
function declaration(name: string, schema: CheckedFunction["schema"]): CheckedFunction {
  return { name, answers: undefined, schema };
}

function ofFunction({ schema, takesTable, params }: HostFunction): Partial<CheckedFunction> {
  if (schema === undefined) return { parameters: params };
  if (takesTable === true) return { schema, parse: (table) => parseProps(schema, table) };
  return { positionals: { schema, names: params.map(({ name }) => name) } };
}

function checked(one: ModuleFunction): CheckedFunction {
  const base = {
    name: one.name,
    isCounted: true,
    get answers() {
      return shapesFor(one)[0];
    },
  };
  if (one.form === "function") return Object.assign(base, ofFunction(one));
  const { schema } = one;
  const isShared = true;
  if (one.form === "query")
    return Object.assign(base, {
      schema,
      isShared,
      positionals: one.positional && { schema, names: one.positional },
      parse: (table: Value) => parseCall(schema, table),
    });
  return Object.assign(base, {
    schema,
    isShared,
    sources: sourcesOf(schema),
    parse: (table: Value) => checkCall(one, table),
  });
}
