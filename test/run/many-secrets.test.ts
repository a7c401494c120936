import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FormOpener } from "../../src/run/secret/form-opener.ts";
import { openSecrets } from "../../src/run/secret/open-secrets.ts";
import { readSealedValues } from "../../src/run/secret/read-values.ts";
import type { Opener } from "../../src/run/secret/unlocking.ts";
import { openHost } from "../../src/system/host.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { leaf, person } from "../secrets/_values.ts";

const MANY = 500;
const people = await Promise.all(["ana", "bob", "eva"].map(person));

/** A file of many values for three people, and what opens it with the key of the last one; `opened` are those that were. */
async function many() {
  const dir = temporaryDirectory();
  const lines = await Promise.all(
    Array.from({ length: MANY }, async (_, at) => `k${at}: ${await leaf([`k${at}`], `value ${at}`, ...people)}`),
  );
  const identity = join(dir, "identity");
  writeFileSync(identity, people.at(-1)?.identity ?? "");
  const system = openHost({ mode: "read" }).reader({ signal: new AbortController().signal });
  const all = new FormOpener({ files: [identity], env: {}, system, ask: () => Promise.resolve(undefined) });
  const opened: string[] = [];
  const opener: Opener = {
    open: (file) => all.open(file),
    vault: (text) => all.vault(text),
    sops: (file) => all.sops(file),
    leaf: (path, text) => (opened.push(path.join(".")), all.leaf(path, text)),
  };
  const values = await readSealedValues("v.yaml", Buffer.from(`${lines.join("\n")}\n`), { opener, isLook: false });
  return { values, opened };
}

test("only those that are used are opened, each once", async () => {
  const { values, opened } = await many();
  expect(opened).toEqual([]);
  await openSecrets(values, ([key]) => key === "k7" || key === "k8");
  await openSecrets(values, ([key]) => key === "k7");
  expect(opened).toEqual(["k7", "k8"]);
  await openSecrets(values, () => true);
  expect(opened.toSorted()).toEqual(Object.keys(values).toSorted());
});
