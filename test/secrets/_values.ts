import { generateIdentity, identityToRecipient } from "age-encryption";
import { sealLeaf } from "../../src/secrets/leaf.ts";
import type { Step } from "../../src/secrets/leaf-text.ts";
import { readerOf, type Reader } from "../../src/secrets/reader.ts";

export interface Person {
  readonly identity: string;
  readonly reader: Reader;
}

/** Somebody with a key of age. */
export async function person(name: string): Promise<Person> {
  const identity = await generateIdentity();
  return { identity, reader: readerOf(name, await identityToRecipient(identity)) };
}

export async function leaf(path: readonly Step[], value: string, ...people: readonly Person[]): Promise<string> {
  return await sealLeaf(
    path,
    Buffer.from(value),
    people.map(({ reader }) => reader),
  );
}
