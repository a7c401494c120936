import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { authorities } from "./authorities.ts";
import { fetchFollowing, noAnswer } from "./fetch.ts";
import { shownUrl } from "./shown-url.ts";

const TIMEOUT_MS = 60_000;

/** The whole of what a URL has, as the machine asks for it; more than `most` bytes is an error. */
export async function fetchWhole(url: string, most: number, target: ReadSystem): Promise<Uint8Array> {
  const signal = AbortSignal.any([target.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const shown = shownUrl(url);
  const pieces: Uint8Array[] = [];
  try {
    const headers = { "user-agent": "sloth-runner" };
    const response = await fetchFollowing({ url, headers, signal, authorities: authorities(target) });
    if (!response.ok) throw new SlothError("E_HTTP", `GET ${shown}: the answer was ${response.status}`);
    let size = 0;
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > most) throw new SlothError("E_TOO_LARGE", `GET ${shown}: it has more than ${most} bytes`);
      pieces.push(piece);
    }
  } catch (thrown) {
    target.signal.throwIfAborted();
    if (thrown instanceof SlothError) throw thrown;
    throw new SlothError("E_HTTP", `GET ${shown}: ${noAnswer(thrown).message}`);
  }
  return Buffer.concat(pieces);
}
