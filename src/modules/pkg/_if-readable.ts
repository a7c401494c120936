import { SlothError } from "../../base/errors.ts";

/** undefined where the system refuses: processes end while they are looked at, and some of what others own is closed to us. */
export function ifReadable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (thrown) {
    if (thrown instanceof SlothError) return undefined;
    throw thrown;
  }
}
