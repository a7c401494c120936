import {
  absolutePath,
  account,
  checkedText,
  dictionary,
  duration,
  either,
  flag,
  list,
  object,
  optional,
  textLike,
  type Props,
} from "../../engine/schema.ts";
import { unitField } from "../_units/unit-name.ts";

const line = (summary: string) => checkedText(summary, lineFault);

export const timerSchema = object(
  {
    name: textLike("Name of the timer, without a suffix.", /^[A-Za-z0-9][A-Za-z0-9:_.\\-]*$/, "the name of a timer"),
    description: optional(line("What it is for; its name when absent.")),
    command: either(
      "What it runs: a line for `/bin/sh -c`, or a program and its arguments.",
      checkedText("", wordFault),
      list("", checkedText("An argument.", wordFault)),
      "a command: a string for the shell or a list of arguments",
    ),
    on_calendar: optional(line("When, as systemd.time(7) has it: `daily`, `Mon..Fri 04:30`.")),
    every: optional(duration("How often, first after that time: `15m`.")),
    user: optional(account("Whom it runs as; root when absent.")),
    cwd: optional(absolutePath("Where it runs.")),
    environment: optional(
      dictionary("Variables. Anybody may read them: no secrets.", checkedText("A value.", wordFault)),
    ),
    persistent: optional(flag("Runs at once when its time passed while the machine was off; of `on_calendar`.")),
    randomized_delay: optional(duration("Starts up to so much later, by chance.")),
    on_failure: optional(unitField),
  },
  timerFault,
);
export type TimerProps = Props<typeof timerSchema>;

function timerFault({
  on_calendar,
  every,
  persistent,
  command,
  environment = {},
}: {
  readonly on_calendar?: string | undefined;
  readonly every?: number | undefined;
  readonly persistent?: boolean | undefined;
  readonly command: string | readonly string[];
  readonly environment?: { readonly [name: string]: string } | undefined;
}): string | undefined {
  if ((on_calendar === undefined) === (every === undefined)) return "takes either 'on_calendar' or 'every'";
  if (every !== undefined && every < 1000) return "'every' is less than a second";
  if (persistent === true && every !== undefined) return "'persistent' goes with 'on_calendar'";
  if (command.length === 0) return "the command is empty";
  if (typeof command !== "string" && !command[0]?.startsWith("/"))
    return "'command[1]' must be the path of a program, as systemd looks for no other";
  const name = Object.keys(environment).find((key) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key));
  return name === undefined ? undefined : `'environment' has a variable named '${name}', which systemd does not take`;
}

function lineFault(text: string): string | undefined {
  return /\p{Cc}/u.test(text) ? "holds a control character" : text.trim() === "" ? "is empty" : undefined;
}

function wordFault(text: string): string | undefined {
  return /[^\P{Cc}\n\t]/u.test(text) ? "holds a control character" : undefined;
}
