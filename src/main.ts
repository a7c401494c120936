import { build } from "./base/build.ts";
import { dispatch } from "./cli/dispatch.ts";
import { bundledTable } from "./commands/_bundled/table.ts";
import { commands } from "./commands/index.ts";
import { toError } from "./base/errors.ts";
import { openSink } from "./report/sink.ts";

const stdout = openSink(1);
const stderr = openSink(2);

process.exitCode = await main(process.argv.slice(2));

/** The exit code of a command line; whatever was written has left us by then. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const code = await dispatch(argv, bundledTable() ?? commands, {
      stdout,
      stderr,
      stdin: () => Bun.stdin.bytes(),
      ask,
      askHidden,
    });
    await stdout.drain();
    return code;
  } catch (thrown) {
    return await reported(toError(thrown), argv);
  }
}

async function reported(error: Error, argv: readonly string[]): Promise<number> {
  const { tellFailure } = await import("./cli/fail.ts");
  const exitCode = tellFailure(error, argv, { stdout, stderr }, build.version);
  // Where they cannot be written either, the exit code has to say it all.
  await Promise.allSettled([stdout.drain(), stderr.drain()]);
  return exitCode;
}

async function askHidden(question: string): Promise<string | undefined> {
  const asking = await import("./cli/ask-hidden.ts");
  return await asking.askHidden(question, stderr);
}

async function ask(question: string): Promise<string | undefined> {
  const { askOnTerminal } = await import("./cli/ask.ts");
  return await askOnTerminal(question, stderr);
}
