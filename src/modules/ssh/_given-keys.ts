import { toText, utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Source } from "../../engine/resource.ts";
import { fetchFollowing, noAnswer } from "../_kit/fetch.ts";
import { besideWorkflow } from "../_kit/paths.ts";
import { shownUrl } from "../_kit/shown-url.ts";
import { parseKeyLine, type KeyLine } from "./_key.ts";

export interface Given {
  readonly key?: readonly string[] | undefined;
  readonly file?: string | undefined;
  readonly url?: string | undefined;
}

/** The keys of a call, each once; of two that are the same the last counts. What is no key, and no comment, is an error. */
export async function givenKeys(given: Given, source: Source): Promise<readonly KeyLine[]> {
  const [text, from] = await givenText(given, source);
  const byBlob = new Map<string, KeyLine>();
  for (const line of text.split(/\r?\n/)) {
    const key = parseKeyLine(line);
    if (key !== null) byBlob.set(key.blob, key);
    else if (!/^\s*(#|$)/.test(line)) throw noKey(line, from);
  }
  if (byBlob.size === 0) throw new SlothError("E_FIELD", `there is no public key in ${from}`);
  return [...byBlob.values()];
}

async function givenText({ key, file, url }: Given, source: Source): Promise<readonly [text: string, from: string]> {
  if (file !== undefined) {
    const path = source.locate(besideWorkflow(file, source), "contents");
    return [toText(source.readFile(path)), path];
  }
  if (url !== undefined) return [await fetched(url, source.signal), shownUrl(url)];
  return [(key ?? []).join("\n"), "'key'"];
}

async function fetched(url: string, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
  try {
    const response = await fetchFollowing({ url, headers: {}, signal: limit });
    const text = utf8Text(new Uint8Array(await response.arrayBuffer()));
    if (response.ok) return text;
    throw new SlothError("E_HTTP", `GET ${shownUrl(url)}: the answer was ${response.status}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SlothError) throw error;
    throw new SlothError("E_HTTP", `GET ${shownUrl(url)}: ${noAnswer(error).message}`);
  }
}

const WAIT_MS = 30_000;

function noKey(line: string, from: string): SlothError {
  const hint = line.includes("PRIVATE KEY") ? "the public one is in the file that ends with .pub" : undefined;
  const shown = line.includes("PRIVATE KEY")
    ? "a private key"
    : `'${line.trim().slice(0, 40)}', which is no public key`;
  return new SlothError("E_FIELD", `in ${from} stands ${shown}`, { hint });
}
