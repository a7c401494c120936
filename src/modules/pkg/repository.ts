import { SlothError } from "../../base/errors.ts";
import { sameValue } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, type Diff, type Source } from "../../engine/resource.ts";
import type { Props } from "../../engine/schema.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { stated } from "../_files/file.ts";
import { optionText } from "./_repository/apt-form.ts";
import { put, putKept, remove, textAt } from "./_repository/files.ts";
import type { Form } from "./_repository/form.ts";
import { formOn } from "./_repository/forms.ts";
import { fetchedKey, keyWant, type KeyWant } from "./_repository/key.ts";
import { oneLineFiles } from "./_repository/one-line.ts";
import { ownKeys, readSource, type SourceFacts, type SourceWant } from "./_repository/read-source.ts";
import { parseKeyring } from "./_repository/openpgp.ts";
import { repositorySchema } from "./_repository/schema.ts";

type Asked = Props<typeof repositorySchema>;
/** Keeps a source of packages and the key it is signed with, in the form that the machine's manager has. */
export const repository = defineResource<Asked, SourceWant, SourceFacts>({
  name: "pkg.repository",
  kind: "repository",
  version: 1,
  summary: "Keeps a source of packages and its key; its index is fetched by the first installation that comes after.",
  example: `
    pkg.repository{
        name = "docker",
        uris = "https://download.docker.com/linux/debian",
        suites = "bookworm",
        components = "stable",
        key = {
            url = "https://download.docker.com/linux/debian/gpg",
            fingerprint = "9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88",
        },
    }
    pkg.install{ name = "docker-ce" }

    pkg.repository{ name = "epel", baseurl = "https://dl.example.org/epel/$releasever", gpgcheck = true, priority = 50 }
  `,
  schema: repositorySchema,
  identity: ({ name }) => name,
  want: wanted,
  read: readSource,
  desired: desiredSource,
  apply: applySource,
  locks: () => ["repositories"],

  undo: {
    async remove({ name }, _actual, target) {
      await removeSource(name, target);
    },
    restate(name, facts) {
      if (facts !== null && facts.files === undefined) return null;
      const { files = {} } = facts ?? {};
      return { want: { name, given: null, ...(facts !== null && { back: files }) }, stated: { files } };
    },
  },
});

function wanted(props: Asked, source: Source): SourceWant {
  const { name, state, key, migrate, uris, baseurl, options, ...fields } = props;
  if (state === "absent") return { name, given: null };
  const texts = options && Object.fromEntries(Object.entries(options).map(([one, value]) => [one, optionText(value)]));
  return stated({
    name,
    given: plainFacts({ ...fields, uris: uris ?? baseurl, options: texts }),
    key: key && keyWant(key, source),
    migrate: migrate ? true : undefined,
  });
}

async function desiredSource(
  want: SourceWant,
  actual: SourceFacts | null,
  target: ReadSystem,
): Promise<Partial<SourceFacts> | null> {
  if (want.back !== undefined) return { files: want.back };
  if (want.given === null) return null;
  const form = await formOn(target);
  refuseForeign(form, want);
  const types = form.fields.includes("types") ? { types: ["deb"] } : {};
  const given = { ...types, ...want.given };
  const mistake = form.mistake?.(given);
  if (mistake !== undefined) throw new SlothError("E_FIELD", mistake);
  const [old] = actual?.one_line ?? [];
  if (old !== undefined && want.migrate !== true)
    throw new SlothError("E_CONFLICT", `${old} has this source already, in the old format`, {
      hint: "migrate = true takes it out there",
    });
  return { ...given, ...(await desiredKey(want.key, actual, target)), ...(want.migrate && { one_line: [] }) };
}

/** A key of a URL is asked for where it is not there yet, so that a wrong one is told in plan already. */
async function desiredKey(
  key: KeyWant | undefined,
  actual: SourceFacts | null,
  target: ReadSystem,
): Promise<Pick<SourceFacts, "key" | "key_digest">> {
  if (key === undefined) return {};
  if ("base64" in key) return { key: key.fingerprints, key_digest: key.digest };
  const { url, fingerprints } = key;
  const present = actual?.key ?? [];
  if (present.length > 0 && sameValue(present, fingerprints ?? present)) return { key: present };
  return { key: parseKeyring(await fetchedKey(url, fingerprints, target)).fingerprints };
}

function refuseForeign(form: Form & { readonly manager: string }, { given, key, migrate }: SourceWant): void {
  const asked = [...Object.keys(given ?? {}), ...(migrate === true ? ["migrate"] : [])];
  const known = form.manager === "apt" ? [...form.fields, "migrate"] : form.fields;
  const foreign = asked.find((field) => !known.includes(field));
  if (foreign !== undefined)
    throw new SlothError("E_FIELD", `'${foreign}' is not of ${form.manager}, which this machine has`);
  if (key !== undefined && form.keyPath === undefined)
    throw new SlothError("E_FIELD", `'key' is not of ${form.manager}, which has keys for all sources together`, {
      hint: form.manager === "apk" ? "put it into /etc/apk/keys with file_ops.copy" : "add it with pacman-key",
    });
}

async function applySource(want: SourceWant, diff: Diff<SourceFacts>, target: System): Promise<void> {
  requireRoot(target, "system files");
  const { name } = want;
  if (diff.desired === null) return removeSource(name, target);
  const { files, key: _key, key_digest: _digest, one_line: _old, ...given } = diff.desired;
  if (files !== undefined) {
    for (const [path, kept] of Object.entries(files)) await putKept(path, kept, target);
    return;
  }
  const form = await formOn(target);
  const changed = new Set(diff.changes.map(({ property }) => property));
  const key = changed.has("key") || changed.has("key_digest") ? await writeKey(form, want, target) : undefined;
  const path = form.path(name);
  const before = textAt(path, target);
  const wanted = Object.entries(plainFacts(given)).filter(([field]) => changed.has(field));
  const after = form.write(before, name, Object.fromEntries(wanted), key);
  if (after !== before) await put(path, after, target);
  if (!changed.has("one_line")) return;
  for (const { path: old, without } of await oneLineFiles(want.given ?? {}, target))
    await putKept(old, without === "" ? null : without, target);
}

/** Answers where it is. */
async function writeKey(form: Form, { name, key }: SourceWant, target: System): Promise<string | undefined> {
  if (key === undefined || form.keyPath === undefined) return undefined;
  const bytes =
    "base64" in key ? Buffer.from(key.base64, "base64") : await fetchedKey(key.url, key.fingerprints, target);
  const path = form.keyPath(name, parseKeyring(bytes).isArmoured);
  await put(path, bytes, target);
  for (const other of ownKeys(form, name, target)) if (other !== path) remove(other, target);
  return path;
}

async function removeSource(name: string, target: System): Promise<void> {
  requireRoot(target, "system files");
  const form = await formOn(target);
  const path = form.path(name);
  const before = textAt(path, target);
  const after = form.remove(before, name);
  if (after === "") remove(path, target);
  else if (after !== before) await put(path, after, target);
  for (const key of ownKeys(form, name, target)) remove(key, target);
}
