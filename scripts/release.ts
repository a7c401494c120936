import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { gzip } from "node:zlib";
import manifest from "../package.json" with { type: "json" };
import { compileTo } from "./compile.ts";
import { glibcFor } from "./glibc.ts";
import { sbom } from "./sbom.ts";
import { targets } from "./targets.ts";

/**
 * Makes a folder of releases, ready to be served or carried: `bun scripts/release.ts --base-url URL --sign KEY [--target NAME]...`
 *   OUTDIR/install.sh, which downloads from URL what KEY has signed, and OUTDIR/latest, which names the newest version
 *   OUTDIR/VERSION/   each build plain, .gz and .xz, its SBOM, the licences, SHA256SUMS and SHA256SUMS.sig
 * Without --sign nothing is signed, and install.sh has to be told --insecure.
 */
const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: Object.keys(targets) },
    "base-url": { type: "string", default: "" },
    outdir: { type: "string", default: "dist/release" },
    sign: { type: "string" },
    plain: { type: "boolean", default: false }, // no .gz and no .xz, which take minutes
  },
});
const folder = join(values.outdir, manifest.version);
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

for (const target of values.target) {
  const file = join(folder, `sloth-runner-${target}`);
  await compileTo(target, file);
  if (!values.plain) await compress(file);
  const processor = targets[target]?.portable;
  const glibc = processor && glibcFor(processor);
  await writeFile(`${file}.cdx.json`, sbom(target, glibc?.version));
  if (glibc !== undefined) await writeFile(join(folder, "libc6-copyright.txt"), glibc.copyright);
  console.log(file);
}
await writeFile(join(folder, "LICENSES.txt"), await readFile("LICENSES.txt"));
await writeFile(join(folder, "SHA256SUMS"), `# sloth-runner ${manifest.version} ${date()}\n${await sums()}`);
if (values.sign !== undefined)
  await run("ssh-keygen", "-q", "-Y", "sign", "-n", "sloth-runner", "-f", values.sign, join(folder, "SHA256SUMS"));
await writeInstaller();
await writeFile(join(values.outdir, "latest"), `${manifest.version}\n`);

/** gzip for machines that have nothing else, xz as the smallest. */
async function compress(file: string): Promise<void> {
  await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 6 }));
  await run("xz", "--keep", "--force", "-6", "--threads=1", file);
}

async function sums(): Promise<string> {
  const names = (await readdir(folder)).toSorted();
  const digest = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  return (await Promise.all(names.map(async (name) => `${await digest(name)}  ${name}\n`))).join("");
}

async function writeInstaller(): Promise<void> {
  const places = {
    base_url: values["base-url"],
    public_key: values.sign === undefined ? "" : await publicKey(values.sign),
  };
  let text = await readFile("install.sh", "utf8");
  for (const [name, value] of Object.entries(places)) {
    if (!text.includes(`\n${name}=''\n`)) throw new Error(`install.sh: no place for ${name}`);
    if (!/^[^'\n]*$/.test(value)) throw new Error(`${name}: a quote or a newline in it`);
    text = text.replace(`\n${name}=''\n`, () => `\n${name}='${value}'\n`);
  }
  const file = join(values.outdir, "install.sh");
  await writeFile(file, text);
  await chmod(file, 0o755);
}

/** Type and key, without the comment. */
async function publicKey(privateKey: string): Promise<string> {
  const text = await readFile(`${privateKey.replace(/\.pub$/, "")}.pub`, "utf8");
  return text.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** Of the release: signed with it, so that an old one cannot be served as new. SOURCE_DATE_EPOCH makes it the same again. */
function date(): string {
  const seconds = process.env["SOURCE_DATE_EPOCH"];
  const when = seconds === undefined ? new Date() : new Date(Number(seconds) * 1000);
  return `${when.toISOString().slice(0, 19)}Z`;
}

async function run(...argv: string[]): Promise<void> {
  if ((await Bun.spawn(argv, { stdio: ["ignore", "inherit", "inherit"] }).exited) !== 0)
    throw new Error(`${argv.join(" ")}: failed`);
}
