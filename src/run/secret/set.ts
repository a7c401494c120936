import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { parentOf } from "../../base/path.ts";
import { encryptTo } from "../../secrets/age.ts";
import { sealLeaf } from "../../secrets/leaf.ts";
import { pathOf } from "../../secrets/leaf-text.ts";
import { contentsIn, put, readershipAt, type Workplace } from "./workplace.ts";
import { editValues } from "./values-text.ts";

/** Puts a secret into a file of values, or makes a whole file of it where no key is given. */
export async function setSecret(
  { file, key, value }: { readonly file: string; readonly key: string | undefined; readonly value: Uint8Array },
  { system }: Workplace,
): Promise<void> {
  const path = resolve(file);
  const { readers } = readershipAt(parentOf(path), system);
  if (key === undefined) return await put(path, await encryptTo(readers, value), system);
  const steps = pathOf(key);
  if (steps === undefined)
    throw new UsageError(`'${printable(key)}' cannot name a value`, { hint: "write db.password or users[2].password" });
  const text = Buffer.from(contentsIn(path, system) ?? new Uint8Array()).toString("utf8");
  await put(path, await editValues(file, text, [{ path: steps, text: await sealLeaf(steps, value, readers) }]), system);
}
