import { beforeAll, expect, setDefaultTimeout } from "bun:test";
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run as runHere, succeed } from "../lab/command.ts";
import { isRoot } from "../lab/tools.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { inPlace, roots } from "./place.ts";

setDefaultTimeout(300_000);
const project = resolve(import.meta.dir, "../..");
const name = `sloth-runner-linux-${process.arch}-portable`;
const portable = join(project, "dist", name);

beforeAll(async () => {
  if (isRoot())
    await succeed([process.execPath, "scripts/build-binary.ts", "--target", name.replace("sloth-runner-", "")]);
});

needs(isRoot(), "root, to make namespaces")(
  "install.sh installs the portable build on musl and busybox, as Alpine is",
  async () => {
    using parent = temporaryDirectory();
    const root = await roots.musl(parent.path);
    await succeed(["chroot", root, "/bin/busybox", "--install", "-s", "/bin"]);
    const release = join(root, "release");
    mkdirSync(release);
    cpSync(portable, join(release, name));
    copyFileSync(join(project, "install.sh"), join(release, "install.sh"));
    const sums = await succeed(["sh", "-c", `cd "$1" && sha256sum ${name}`, "sh", release]);
    const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    writeFileSync(join(release, "SHA256SUMS"), `# sloth-runner ${version} 2026-01-02T03:04:05Z\n${sums}`);
    mkdirSync(join(root, "dev"));
    writeFileSync(join(root, "dev/null"), "");

    const install = `chroot "$ROOT" /bin/sh /release/install.sh --from /release --insecure --dir /usr/local/bin`;
    const output = await inPlace(portable, { root }, install);
    expect(output).toMatchObject({ exitCode: 0, stderr: "Not checked who made this release (--insecure)\n" });
    expect(output.stdout).toContain(`(linux-${process.arch}-portable) as /usr/local/bin/sloth-runner`);
    const installed = await runHere(["cmp", portable, join(root, "usr/local/bin/sloth-runner")]);
    expect(installed.exitCode).toBe(0);
  },
);
