import { dispatch } from "../../src/cli/dispatch.ts";
import type { Table } from "../../src/cli/command.ts";
import { commands } from "../../src/commands/index.ts";
import { SlothError } from "../../src/base/errors.ts";
import { tellFailure } from "../../src/cli/fail.ts";
import { textSink } from "../../src/report/sink.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly table?: Table | undefined;
  readonly stdin?: string | undefined;
  /** What is typed when a command asks; without it there is no terminal. */
  readonly types?: string | undefined;
}

/** Runs a command line in this process, as `main` does, and answers what it printed. Errors that are bugs are thrown. */
export async function runLine(argv: readonly string[], world: World = {}): Promise<Ran> {
  const [stdout, stderr] = [textSink(), textSink()];
  const ask = (question: string): Promise<string | undefined> => {
    if (world.types !== undefined) stderr.write(question);
    return Promise.resolve(world.types);
  };
  const stdin = () => Promise.resolve(new TextEncoder().encode(world.stdin ?? ""));
  const stood = { directory: process.cwd(), environment: { ...process.env } };
  let code: number;
  try {
    code = await dispatch(argv, world.table ?? commands, { stdout, stderr, stdin, ask, askHidden: ask });
  } catch (thrown) {
    if (!(thrown instanceof SlothError)) throw thrown;
    code = tellFailure(thrown, argv, { stdout, stderr }, "0.0.0");
  } finally {
    // `agent serve` makes this process another login, at home: the tests after it are not its children.
    process.chdir(stood.directory);
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, stood.environment);
  }
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
