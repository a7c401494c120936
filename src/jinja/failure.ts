import { SlothError } from "../base/errors.ts";

/** What is wrong with a template, or with what it does to its variables; the place is added where it is known. */
export class TemplateFailure extends Error {
  line: number | undefined;
  template: string | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = "TemplateFailure";
    this.line = line;
  }
}

/** Runs with the place of what is run, for failures that know none yet. */
export function at<T>(line: number, template: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateFailure) {
      error.line ??= line;
      error.template ??= template;
    }
    throw error;
  }
}

/** For the user: "site.conf.j2:14: 'port' is undefined". */
export function toSlothError(failure: TemplateFailure): SlothError {
  const place = [failure.template, failure.line].filter((part) => part !== undefined).join(":");
  return new SlothError("E_TEMPLATE", place === "" ? failure.message : `${place}: ${failure.message}`, {
    cause: failure,
  });
}
