import { SlothError, type Location } from "../../base/errors.ts";
import { Constancy } from "./constancy.ts";
import { readChunk } from "./bytecode.ts";
import { Judge, type World } from "./mistakes.ts";
import { traceFunction } from "./trace.ts";
import type { ValueUses } from "./uses.ts";

/** Code of a workflow: its own, and of a module that it requires. */
export interface CheckedFile {
  readonly file: string;
  readonly source: Uint8Array;
}

export interface CheckEnd {
  readonly mistakes: readonly SlothError[];
  /** Calls of the program's functions, and those of which everything is written out. */
  readonly calls: number;
  readonly whole: number;
  readonly uses: ValueUses;
}

export interface Compiler {
  /** The chunk as string.dump writes it. Throws ScriptError where it is not Lua. */
  compile(code: CheckedFile): Uint8Array;
}

/** Every mistake of a workflow that can be known without running any of it. */
export function checkWorkflow(main: CheckedFile, world: World, compiler: Compiler): CheckEnd {
  const judge = new Judge(world);
  const done = new Set<string>();
  const todo = [main];
  for (let code = todo.shift(); code !== undefined; code = todo.shift()) {
    if (done.has(code.file)) continue;
    done.add(code.file);
    judge.enter(code.file);
    trace(code, judge, compiler);
    for (const name of judge.required.splice(0)) todo.push(...(world.module(name) ?? []));
  }
  const { calls, whole } = judge.coverage;
  return { mistakes: judge.mistakes(), calls, whole, uses: judge.uses };
}

function trace(code: CheckedFile, judge: Judge, compiler: Compiler): void {
  try {
    const proto = readChunk(Buffer.from(compiler.compile(code).buffer));
    judge.uses.enter(proto);
    const globals = { kind: "global", path: [] } as const;
    traceFunction({ kind: "closure", proto, upvalues: [globals], parameters: [] }, new Constancy(proto), judge);
  } catch (error) {
    if (!(error instanceof SlothError)) throw error;
    const location: Location = error.location ?? { file: code.file, line: 1 };
    judge.add(error, location);
  }
}
