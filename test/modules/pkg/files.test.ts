import { expect, test } from "bun:test";
import type { Value } from "../../../src/base/value.ts";
import { parseVerified } from "../../../src/modules/pkg/_ask.ts";
import { declare } from "../../support/declare.ts";
import { FakeSystem } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import { APT, SIMULATE, STATUS, debian, leaving, paragraph, policy, typeNamed } from "./_apt-machine.ts";

const FILE = "/srv/app_1.2-1_amd64.deb";
const SHOW = "dpkg-deb --show --showformat=${Package}\\t\\t${Version}";
const keep = (system: FakeSystem, props: Value, mode: "apply" | "plan" = "apply", type = "pkg.install") =>
  declare(typeNamed(type), props, {
    machine: system.asHost(mode),
    key: new Uint8Array(32),
    planning: mode === "plan",
    workflowDirectory: "/",
  });

test("a path is the package that its file says, and that version of it", async () => {
  const system = debian(
    paragraph("app", "1.0-1"),
    {
      [`${SHOW} ${FILE}`]: "app\t\t1.2-1",
      [`${SIMULATE} install -- ${FILE}`]: "",
      "dpkg --compare-versions 1.2-1 lt 1.0-1": { exitCode: 1 },
      [`${APT} install -- ${FILE}`]: leaving(paragraph("app", "1.2-1")),
      [`${APT} remove -- app`]: leaving(""),
      [`${SIMULATE} remove -- app`]: "Remv app [1.2-1]\n",
    },
    { files: { [FILE]: "a package" } },
  );
  const changes = [{ property: "version", from: "1.0-1", to: "1.2-1" }];
  expect(await keep(system, { name: FILE }, "plan")).toMatchObject({ changes, names: ["app"] });
  expect(await keep(system, { name: FILE })).toMatchObject({ changes, names: ["app"] });
  expect(await keep(system, { name: FILE })).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([`${APT} install -- ${FILE}`]);
  expect(await keep(system, { name: FILE, state: "absent" })).toMatchObject({ action: "delete", names: ["app"] });
  expect(await refusal(keep(system, { name: "/srv/none.deb" }))).toContain("/srv/none.deb is no file on that machine");
});

test("a URL is known by its name, fetched when it differs, and held to its digest", async () => {
  let asked = 0;
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (asked++, new Response("a package")) });
  const url = `http://127.0.0.1:${server.port}/app_1.2-1_amd64.deb`;
  const fetched = "/var/cache/sloth-runner/packages/app-1.2-1.deb";
  const system = debian("", {
    [`${SHOW} ${fetched}`]: "app\t\t1.2-1",
    [`${APT} install -- ${fetched}`]: leaving(paragraph("app", "1.2-1")),
  });
  const sha256 = Bun.SHA256.hash("a package", "hex");
  expect(await refusal(keep(system, { name: url, sha256: "0".repeat(64) }))).toContain("expected sha256:0000");
  expect(await keep(system, { name: url, sha256 }, "plan")).toMatchObject({ action: "create", names: ["app"] });
  expect(asked).toBe(1);
  expect(await keep(system, { name: url, sha256 })).toMatchObject({ action: "create", names: ["app"] });
  expect(await keep(system, { name: url, sha256 })).toMatchObject({ action: "none" });
  expect([asked, system.stat(fetched)]).toEqual([2, null]);
});

test.each([
  [{ name: "https://example.org/app_1_all.deb" }, "'sha256' is missing"],
  [{ name: "https://example.org/latest", sha256: "0".repeat(64) }, "'latest' does not say which package"],
  [{ name: "/a.deb", version: "1" }, "'version' cannot go with a path or URL"],
  [{ name: "/a.deb", state: "latest" }, 'state = "latest" cannot go with a path or URL'],
  [{ name: "a", sha256: "0".repeat(64) }, "'sha256' is of one URL"],
  [{ name: "a", enablerepo: "x" }, "'enablerepo' and 'disablerepo' are of dnf, and this machine has apt"],
])("%p is refused", async (props, said) => {
  const system = debian("", policy("a", "1-1"));
  expect(await refusal(keep(system, props))).toContain(said);
  expect(system.ran).toEqual([]);
});

test("a package whose files are damaged is installed again", async () => {
  let said = "missing     /usr/bin/a\n??5?????? c /etc/a.conf\n";
  const again = `${APT} --reinstall install -- a=1-1`;
  const system = debian(paragraph("a", "1-1"), {
    "dpkg --verify a": () => ({ exitCode: 1, stdout: said }),
    [again]: () => {
      said = "??5?????? c /etc/a.conf\n";
      return "";
    },
  });
  const props = { name: "a", reinstall: true };
  const changes = [{ property: "damaged", from: ["/usr/bin/a"], to: [] }];
  expect(await keep(system, props, "plan")).toMatchObject({ changes });
  expect(await keep(system, props)).toMatchObject({ changes });
  expect(await keep(system, props)).toMatchObject({ action: "none" });
  expect(system.ran).toEqual([again]);
});

test("what verifies says: kinds and marks of dpkg and rpm", () => {
  const said =
    "missing   c /etc/x\nmissing     /usr/a b\n??5??????   /usr/c\nS.5....T.  d /usr/share/doc/e\n.......T.    /usr/f\n";
  expect(parseVerified(said)).toEqual(["/usr/a b", "/usr/c", "/usr/share/doc/e", "/usr/f"]);
});

test("what nothing needs any more goes along, and is told before", async () => {
  const trial = `${SIMULATE} --auto-remove remove -- a`;
  const system = debian(paragraph("a", "1-1") + paragraph("b", "1-1"), {
    [trial]: "Remv a [1-1]\nRemv b [1-1]\n",
    [`${APT} --auto-remove remove -- a`]: leaving(""),
  });
  const props = { name: "a", autoremove: true };
  expect(await keep(system, props, "plan", "pkg.remove")).toMatchObject({
    changes: [{}, { property: "removes", to: ["b"] }],
  });
  await keep(system, props, "apply", "pkg.remove");
  expect(Buffer.from(system.readFile(STATUS)).toString()).toBe("");
});

test("dnf asks and installs with the repositories that are named", async () => {
  const RPMS = "rpm --query --all --queryformat %{NAME}\\t%{EPOCHNUM}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n";
  const named = "--enablerepo=testing --disablerepo=main";
  let installed = "";
  const system = new FakeSystem(
    {
      [RPMS]: () => installed,
      "rpm --query --whatprovides a --queryformat %{NAME}\\n": { exitCode: 1 },
      [`dnf --quiet --cacheonly ${named} repoquery --queryformat=%{name}|%{epoch}|%{version}-%{release}|%{arch}\\n a`]:
        "a|0|2-1|x86_64\n",
      [`dnf --assumeyes --setopt=exit_on_lock=True ${named} install a`]: () => {
        installed = "a\t0\t2-1\tx86_64\n";
        return "";
      },
    },
    {},
    {
      files: { "/etc/os-release": "ID=fedora\n", "/var/cache/dnf/main-0123456789abcdef/repodata/repomd.xml": "" },
      programs: ["dnf"],
    },
  );
  const props = { name: "a", enablerepo: "testing", disablerepo: ["main"] };
  expect(await keep(system, props)).toMatchObject({ action: "create" });
  expect(await keep(system, props)).toMatchObject({ action: "none" });
});
