import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import type { Value } from "../../src/base/value.ts";
import { needs } from "../support/needs.ts";
import { until } from "./command.ts";
import { converge, declareOn, errorOf, installAgent, type Call } from "./declare-on.ts";
import type { LabHost } from "./host.ts";
import { lab, type Lab } from "./lab.ts";
import { installProgram, workflow } from "./program.ts";
import type { Flavour } from "./seed.ts";
import { openSigner } from "./signer.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

interface Case {
  readonly flavour: Flavour;
  readonly manager: string;
  /** Shell that tells all that is installed. */
  readonly look: string;
  /** Shell that installs by hand. */
  readonly byHand: string;
  readonly removeByHand: string;
}

const cases: readonly Case[] = [
  {
    flavour: "debian",
    manager: "apt",
    look: "dpkg -l; apt-mark showhold",
    byHand: "apt-get install -qq --allow-downgrades",
    removeByHand: "apt-get remove -qq",
  },
  {
    flavour: "fedora",
    manager: "dnf",
    look: "rpm -qa | sort",
    byHand: "dnf -q -y install",
    removeByHand: "dnf -q -y remove",
  },
  {
    flavour: "opensuse",
    manager: "zypper",
    look: "rpm -qa | sort",
    byHand: "zypper -q -n install --oldpackage",
    removeByHand: "zypper -q -n remove",
  },
  {
    flavour: "arch",
    manager: "pacman",
    look: "pacman -Q 2>/dev/null || true",
    byHand: "pacman --noconfirm -S",
    removeByHand: "pacman --noconfirm -R",
  },
];

/** Where the repository's packages of each manager are. */
const MEDIA: { readonly [manager: string]: string } = {
  apt: "/deb/",
  dnf: "/rpm/",
  zypper: "/rpm/",
  pacman: "/pacman/",
};

let hosts: Lab | undefined;
beforeAll(async () => {
  if (!isRoot()) return;
  hosts = await lab(cases.map(({ flavour }) => flavour));
  await Promise.all([installAgent(...hosts.hosts), installProgram(...hosts.hosts)]);
});
afterAll(() => hosts?.[Symbol.asyncDispose]());

const hostOf = (flavour: Flavour): LabHost => {
  const host = hosts?.hosts[cases.findIndex((item) => item.flavour === flavour)];
  if (host === undefined) throw new Error(`no host for ${flavour}`);
  return host;
};
const install = (props: Value): Call => ({ type: "pkg.install", props });
const remove = (name: Value): Call => ({ type: "pkg.remove", props: { name } });

describe.each(cases)("$manager", ({ flavour, manager, look, byHand, removeByHand }) => {
  const shell = (script: string): Promise<string> => hostOf(flavour).shell(script);
  const converges = (...calls: readonly Call[]) => converge(hostOf(flavour), () => shell(look), calls);
  const fails = (props: Value): Promise<string> => errorOf(hostOf(flavour), install(props));
  const versionOf = async (name: string): Promise<string> => (await hostOf(flavour).exec([name])).stdout.trim();

  test("an index never fetched is fetched, and a list installed with what it needs", async () => {
    expect(await converges(install({ name: ["lab-app", "lab-plain"] }))).toEqual([["status", "status"]]);
    expect(await versionOf("lab-app")).toBe("lab-app 2.0");
    expect(await versionOf("lab-lib")).toBe("lab-lib 2.0");
  });

  test("of a list only what is absent", async () => {
    expect(await converges(install({ name: ["lab-plain", "lab-conf", "lab-app"] }))).toEqual([["status"]]);
  });

  test("a lower version, the latest, a higher version", async () => {
    expect(await converges(install({ name: "lab-plain", version: "1.0" }))).toEqual([["version"]]);
    expect(await versionOf("lab-plain")).toBe("lab-plain 1.0");
    expect(await converges(install({ name: "lab-plain" }))).toEqual([[]]);
    expect(await converges(install({ name: "lab-plain", state: "latest" }))).toEqual([["version"]]);
    expect(await versionOf("lab-plain")).toBe("lab-plain 2.0");
    await shell(`${byHand} lab-lib=1.0-1 2>/dev/null || ${byHand} lab-lib-1.0-1`);
    // As what lab-app needs it was installed for that alone.
    const marks = manager === "apt" || manager === "pacman" ? ["manual"] : [];
    const [told] = await converges(install({ name: "lab-lib", version: "2.0-1" }));
    expect(["version", ...marks]).toEqual(expect.arrayContaining([...(told ?? [])]));
    expect(await versionOf("lab-lib")).toBe("lab-lib 2.0");
  });

  test("the guide's docker: a version without the epoch and revision it comes with", async () => {
    expect(await converges(install({ name: "docker", version: "20.10.0" }))).toEqual([["status", "version"]]);
    expect(await versionOf("docker")).toBe("docker 20.10.0");
  });

  test("what was removed by hand is put back", async () => {
    await shell(`${removeByHand} lab-plain`);
    expect(await converges(install({ name: "lab-plain" }))).toEqual([["status"]]);
  });

  test("a changed configuration file is kept, and nothing is asked", async () => {
    expect(await converges(install({ name: "lab-conf", version: "1.0" }))).toEqual([["version"]]);
    await shell("echo level=mine > /etc/lab-conf.conf");
    expect(await converges(install({ name: "lab-conf", state: "latest" }))).toEqual([["version"]]);
    expect(await shell("cat /etc/lab-conf.conf")).toBe("level=mine\n");
    expect(await versionOf("lab-conf")).toBe("lab-conf 2.0");
  });

  test("what another package provides is there", async () => {
    expect(await converges(install({ name: "lab-message" }))).toEqual([["status"]]);
    expect(await converges(install({ name: "lab-pigeon" }), install({ name: "lab-mail" }))).toEqual([[], []]);
  });

  test("unknown names and versions change nothing and say what there is", async () => {
    const before = await shell(look);
    expect(await fails({ name: "lab-plain", version: "7" })).toContain("there is 2.0-1, 1.0-1");
    expect(await fails({ name: ["lab-service", "lab-nothing"] })).toContain(`${manager} knows no package lab-nothing`);
    expect(await shell(look)).toBe(before);
  });

  test("a failing post-install script is quoted", async () => {
    expect(await fails({ name: "lab-broken" })).toContain("lab-broken: cannot find the moon");
    expect(await converges(remove("lab-broken"))).toEqual([["exists"]]);
  });

  test("a lock is waited for, its holder named after the limit, and the package manager at work not disturbed", async () => {
    const host = hostOf(flavour);
    await shell(`touch /run/lab-slow; ${byHand} lab-slow >/dev/null 2>&1 & exit 0`);
    await until("lab-slow's script", 20_000, async () => {
      const { exitCode } = await host.exec(["test", "-e", "/run/lab-slow.waits"]);
      return exitCode === 0 || undefined;
    });
    const locked = await errorOf(host, install({ name: "lab-service", lock_timeout: 1 }));
    const waiting = declareOn(host, [install({ name: "lab-service" })]);
    await shell("sleep 1; rm /run/lab-slow");
    expect(locked).toMatch(/the package database is locked by \S+ \(pid \d+\), still after 1 s/);
    expect(await waiting).toMatchObject([{ action: "create" }]);
    expect(await converges(install({ name: ["lab-slow", "lab-service"] }))).toEqual([[]]);
  });

  test("removed, and removed again", async () => {
    expect(await converges(remove(["lab-plain", "lab-conf", "lab-nothing"]))).toEqual([["exists", "exists"]]);
    expect(await converges(install({ name: "lab-plain", state: "absent" }))).toEqual([[]]);
  });

  test("a package's own file is installed, made whole again, and goes with what it brought along", async () => {
    const found = (name: string) =>
      shell(
        `find /srv/repo/*/ -name '${name}[-_]1.0-1*' | grep -v src | grep -e deb$ -e rpm$ -e zst$ | grep ${MEDIA[manager]} | head -1`,
      );
    const file = (await found("lab-conf")).trim();
    await shell(`${removeByHand} lab-conf || true; ${removeByHand} lab-app || true; ${removeByHand} lab-lib || true`);
    expect(await converges(install({ name: file }))).toEqual([["status", "version"]]);
    expect(await versionOf("lab-conf")).toBe("lab-conf 1.0");
    if (manager !== "pacman") {
      await shell("rm /usr/bin/lab-conf");
      expect(await converges(install({ name: file, reinstall: true }))).toEqual([["damaged"]]);
      expect(await versionOf("lab-conf")).toBe("lab-conf 1.0");
    }
    await converges(install({ name: "lab-app" }));
    await shell(manager === "apt" ? "apt-mark -qq auto lab-lib" : "true");
    const gone = await converges({ type: "pkg.remove", props: { name: "lab-app", autoremove: true } });
    expect(gone).toEqual([["exists", "removes"]]);
    expect(await shell(look)).not.toContain("lab-lib");
  });

  test("a source whose index is signed is taken by the key that was named alone", async () => {
    if (manager !== "dnf" && manager !== "zypper") return;
    await using signer = await openSigner();
    const [host, right, wrong] = [hostOf(flavour), await signer.publicKey("right"), await signer.publicKey("wrong")];
    await shell("rm -rf /srv/signed; cp -r /srv/repo/rpm /srv/signed");
    const index = "/srv/signed/repodata/repomd.xml";
    await host.write(`${index}.asc`, await signer.detached("right", await host.read(index)));
    const repository = (key: Value): Call => ({
      type: "pkg.repository",
      props: { name: "signed", baseurl: "file:///srv/signed", repo_gpgcheck: true, gpgcheck: false, priority: 1, key },
    });
    const cache = (): Promise<string> =>
      shell("find /var/cache/dnf /var/cache/zypp/raw -maxdepth 1 -name 'signed*' || true");
    await shell(`${removeByHand} lab-pigeon || true`);
    await converges(repository({ content: wrong.key, fingerprint: wrong.fingerprint }));
    expect(await cache()).toBe("");
    expect(await fails({ name: "lab-pigeon" })).toMatch(/[Ss]ignature|GPG|gpg/);
    await converges(
      repository({ content: right.key, fingerprint: right.fingerprint }),
      install({ name: "lab-pigeon" }),
    );
    expect(await cache()).toContain("signed");
    await converges({ type: "pkg.repository", props: { name: "signed", state: "absent" } });
    expect(await shell("ls /etc/pki/rpm-gpg /etc/yum.repos.d /etc/zypp/repos.d 2>/dev/null || true")).not.toContain(
      "signed",
    );
  });

  test("plan knows what comes along with a package planned before", async () => {
    await shell(`${removeByHand} lab-app || true; ${removeByHand} lab-lib || true`);
    const marks = manager === "apt" || manager === "pacman" ? ["manual"] : [];
    expect(await converges(install({ name: "lab-app" }), install({ name: "lab-lib" }))).toEqual([["status"], marks]);
  });

  test("what would have to go for a package is told by those that would take it away", async () => {
    if (manager !== "apt") return expect(await fails({ name: "lab-rival" })).toContain("lab-app");
    expect(await converges(install({ name: "lab-rival" }))).toEqual([["status", "removes"]]);
    expect((await declareOn(hostOf(flavour), [remove("lab-rival")]))[0]?.properties).toEqual(["exists"]);
    await shell(`${byHand} lab-app`);
    const told = await declareOn(hostOf(flavour), [remove("lab-lib")], { plan: true });
    expect(told[0]?.changes).toContain("lab-app");
  });

  test("with the stack goes what provides the name that was asked for", async () => {
    const host = hostOf(flavour);
    const args = ["--stack", "virtual"];
    expect(await workflow(host, 'pkg.install{name = "lab-sole"}', { args })).toMatchObject({ exitCode: 0 });
    expect(await versionOf("lab-only")).toBe("lab-only 1.0");
    expect(await host.exec(["sloth-runner", "stack", "destroy", "virtual", "--yes"])).toMatchObject({ exitCode: 0 });
    expect(await host.exec(["lab-only"])).not.toMatchObject({ exitCode: 0 });
  });

  test("drift sees what was removed and what was changed by hand, and --fix puts both back", async () => {
    const host = hostOf(flavour);
    const lua = 'pkg.install{name = "lab-plain"} pkg.install{name = "lab-lib", version = "2.0"}';
    expect(await workflow(host, lua, { args: ["--stack", "kept"] })).toMatchObject({ exitCode: 0 });
    await shell(`${removeByHand} lab-plain; ${byHand} lab-lib=1.0-1 2>/dev/null || ${byHand} lab-lib-1.0-1`);
    const drift = ["sloth-runner", "stack", "drift", "kept", "--detailed-exitcode"];
    const found = await host.exec(drift);
    expect(found.exitCode).toBe(2);
    expect(found.stdout).toContain("package:lab-plain: missing");
    expect(found.stdout).toContain("version: expected 2.0, is 1.0-1");
    expect(await host.exec([...drift, "--fix", "--yes"])).toMatchObject({ exitCode: 0 });
    expect(await host.exec(drift)).toMatchObject({ exitCode: 0 });
    expect([await versionOf("lab-plain"), await versionOf("lab-lib")]).toEqual(["lab-plain 2.0", "lab-lib 2.0"]);
    await host.succeed(["sloth-runner", "stack", "delete", "kept", "--yes"]); // what two stacks keep, none destroys
  });

  test("destroy removes what the stack installed, and leaves what something else needs", async () => {
    await shell(`${removeByHand} lab-service lab-app; ${removeByHand} lab-lib || true`);
    const host = hostOf(flavour);
    const args = ["--stack", "made"];
    expect(await workflow(host, 'pkg.install{name = {"lab-lib", "lab-service"}}', { args })).toMatchObject({
      exitCode: 0,
    });
    await shell(`${byHand} lab-app`);
    const destroyed = await host.exec(["sloth-runner", "stack", "destroy", "made", "--yes"]);
    expect(destroyed.stdout + destroyed.stderr).toContain("lab-lib stays: with it lab-app would be removed too");
    expect(await host.exec(["lab-service"])).not.toMatchObject({ exitCode: 0 });
    expect(await versionOf("lab-lib")).toBe("lab-lib 2.0");
    await host.succeed(["sloth-runner", "stack", "delete", "made", "--yes"]);
  });

  test("queries, the index and upgrades from a workflow", async () => {
    await shell(`${byHand} lab-plain=1.0-1 2>/dev/null || ${byHand} lab-plain-1.0-1`);
    const first = await workflow(
      hostOf(flavour),
      `local before = {pkg.manager(), pkg.is_installed("lab-plain"), pkg.version("lab-plain"), pkg.is_installed("lab-nothing")}
       local updated = pkg.update{}.changed
       local upgraded = pkg.upgrade{}
       local again = pkg.upgrade{}.changed
       print(json.encode{before, updated, upgraded.changed, upgraded.packages, pkg.version("lab-plain"), again})`,
    );
    expect(first).toMatchObject({ exitCode: 0 });
    const [before, updated, upgraded, packages, version, again] = JSON.parse(
      /^\[.*\]$/m.exec(first.stdout)?.[0] ?? "[]",
    );
    expect(before).toEqual([manager, true, "1.0-1", false]);
    expect([updated, upgraded, version, again]).toEqual([false, true, "2.0-1", false]);
    expect(packages).toContainEqual({ name: "lab-plain", from: "1.0-1", to: "2.0-1" });
    expect(packages).toContainEqual({ name: "docker", from: "5:20.10.0-3", to: "5:24.0.0-1" });
  });
});

test("a group of pacman is no package, and says which it has", async () => {
  const host = hostOf("arch");
  expect(await errorOf(host, install({ name: "lab-group" }))).toContain(
    "lab-group is a group of packages, not a package; name those of it that are wanted: lab-rival",
  );
  expect(await errorOf(host, install({ name: "lab/lab-rival" }))).toContain("pacman knows no package lab/lab-rival");
});

test("a package that came for another is kept once it is declared, and undo gives that back", async () => {
  for (const [flavour, by, automatic, orphans] of [
    ["debian", "apt-get -qq install lab-app", "apt-mark showauto lab-lib", "apt-get -qq autoremove"],
    ["arch", "pacman --noconfirm -S lab-app", "pacman -Qdq lab-lib || true", "true"],
  ] as const) {
    const host = hostOf(flavour);
    await host.shell(`${by}; ${flavour === "debian" ? "apt-mark auto lab-lib" : "pacman -D --asdeps lab-lib"}`);
    const args = ["--stack", "marks"];
    expect(await workflow(host, 'pkg.install{name = "lab-lib"}', { args })).toMatchObject({ exitCode: 0 });
    await host.shell(orphans);
    expect((await host.shell(automatic)).trim()).toBe("");
    expect(await host.exec(["sloth-runner", "stack", "destroy", "marks", "--yes"])).toMatchObject({ exitCode: 0 });
    expect((await host.shell(automatic)).trim()).toBe("lab-lib");
  }
});
