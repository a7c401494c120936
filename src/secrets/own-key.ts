import { generateIdentity, identityToRecipient } from "age-encryption";
import { SlothError } from "../base/errors.ts";

/** A new identity as age-keygen writes it, with the key that others encrypt to. */
export async function newIdentity(): Promise<{ readonly text: string; readonly key: string }> {
  const identity = await generateIdentity();
  const key = await identityToRecipient(identity);
  return { text: `# public key: ${key}\n${identity}\n`, key };
}

/** Of the first identity in a file of age. */
export async function publicKeyOf(text: string, file: string): Promise<string> {
  const identity = text.split(/\r?\n/).find((line) => line.startsWith("AGE-SECRET-KEY-"));
  if (identity !== undefined) return await identityToRecipient(identity);
  throw new SlothError("E_IDENTITY_FILE", `the public key of ${file} is not known`, { hint: "name it with --key" });
}
