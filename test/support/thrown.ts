import { toError } from "../../src/base/errors.ts";

/** What a promise is rejected with; an error in itself when it is not. */
export async function thrownBy(work: unknown): Promise<Error> {
  try {
    await work;
  } catch (thrown) {
    return toError(thrown);
  }
  throw new Error("nothing was thrown");
}

export async function messageOf(work: unknown): Promise<string> {
  return (await thrownBy(work)).message;
}
