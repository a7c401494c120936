import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import type { Value } from "../../src/base/value.ts";
import { needs } from "../support/needs.ts";
import { until } from "./command.ts";
import { converge, declareOn, errorOf, installAgent, type Call } from "./declare-on.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { installProgram, workflow } from "./program.ts";
import { openSigner } from "./signer.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

/* Situations of apt and dpkg that the other package managers do not have. */
let hosts: Lab | undefined;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await Promise.all([installAgent(host), installProgram(host)]);
  await host.shell("apt-get update -qq");
});
afterAll(() => hosts?.[Symbol.asyncDispose]());

const install = (props: Value): Call => ({ type: "pkg.install", props });
const remove = (name: Value): Call => ({ type: "pkg.remove", props: { name } });
const converges = (...calls: readonly Call[]) =>
  converge(host, () => host.shell("dpkg -l; apt-mark showhold; ls /var/lib/dpkg/updates"), calls);
const fails = (call: Call): Promise<string> => errorOf(host, call);
/** lab-slow's post-install script waits until /run/lab-slow is gone. */
const atWork = (): Promise<true> =>
  until("lab-slow's script", 20_000, async () => {
    return (await host.exec(["test", "-e", "/run/lab-slow.waits"])).exitCode === 0 || undefined;
  });
const inState = async (name: string): Promise<string> =>
  (await host.exec(["dpkg-query", "--show", "--showformat", "${Status}", name])).stdout;

test("a held package is neither upgraded nor removed, and the error says how to release it", async () => {
  await converges(install({ name: "lab-plain", version: "1.0" }));
  await host.shell("apt-mark hold lab-plain");
  const expected = "lab-plain is held at 1.0-1; release it with `apt-mark unhold lab-plain`";
  expect(await fails(install({ name: "lab-plain", state: "latest" }))).toContain(expected);
  expect(await fails(install({ name: "lab-plain", version: "2.0" }))).toContain(expected);
  expect(await fails(remove("lab-plain"))).toContain(expected);
  expect(await converges(install({ name: "lab-plain" }), install({ name: "lab-plain", version: "1.0" }))).toEqual([
    [],
    [],
  ]);
  await host.shell("apt-mark unhold lab-plain");
  expect(await converges(install({ name: "lab-plain", state: "latest" }))).toEqual([["version"]]);
});

test("removed with its configuration kept counts as absent, and comes back with it", async () => {
  await converges(install({ name: "lab-conf" }));
  await host.shell("echo level=mine > /etc/lab-conf.conf");
  expect(await converges(remove("lab-conf"))).toEqual([["exists"]]);
  expect(await inState("lab-conf")).toBe("deinstall ok config-files");
  expect(await converges(install({ name: "lab-conf" }))).toEqual([["status"]]);
  expect(await host.read("/etc/lab-conf.conf")).toBe("level=mine\n");
});

test("purge takes the configuration too, and an index that is old enough is fetched first", async () => {
  await converges(install({ name: "lab-conf", recommends: false }));
  const purge: Call = { type: "pkg.remove", props: { name: "lab-conf", purge: true } };
  await converges(remove("lab-conf"));
  expect(await converges(purge)).toEqual([["exists"]]);
  expect(await inState("lab-conf")).not.toContain("config-files");
  expect((await host.exec(["test", "-e", "/etc/lab-conf.conf"])).exitCode).toBe(1);
  await host.shell("touch -d yesterday /var/lib/apt/lists");
  await converges(install({ name: "lab-conf", cache_valid_time: "1h" }));
  expect(await host.shell("find /var/lib/apt/lists -maxdepth 0 -mmin -5")).toContain("lists");
  await converges(purge);
});

test("a virtual package of several is a choice for the user", async () => {
  expect(await fails(install({ name: "lab-mail" }))).toContain("choose one of lab-pigeon, lab-postman");
  await converges(install({ name: "lab-postman" }));
  expect(await converges(install({ name: "lab-mail" }))).toEqual([[]]);
});

test("a package of another architecture, once the machine takes that", async () => {
  expect(await fails(install({ name: "lab-alien:i386" }))).toContain("apt knows no package lab-alien:i386");
  await host.shell("dpkg --add-architecture i386 && apt-get update -qq");
  expect(await converges(install({ name: "lab-alien:i386" }))).toEqual([["status"]]);
  expect(await converges(install({ name: "lab-alien" }))).toEqual([[]]);
  expect(await converges(remove("lab-alien:i386"))).toEqual([["exists"]]);
});

test("an interrupted run waits for the package manager and does not kill it", async () => {
  await host.shell("touch /run/lab-slow");
  const lua = 'pkg.install{name = "lab-slow"} pkg.install{name = "lab-pigeon"}';
  const running = workflow(host, lua);
  await atWork();
  await host.shell("pkill -TERM -x sloth-runner; sleep 1; pgrep -x apt-get; rm /run/lab-slow");
  const { exitCode } = await running;
  expect(exitCode).toBe(143);
  expect(await inState("lab-slow")).toBe("install ok installed");
  expect(await inState("lab-pigeon")).not.toBe("install ok installed");
  await host.shell("apt-get remove -qq lab-slow; rm /run/lab-slow.waits");
});

test("a dpkg that was killed at work is finished by the next call", async () => {
  await host.shell("touch /run/lab-slow; apt-get install -qq lab-slow >/dev/null 2>&1 & exit 0");
  await atWork();
  await host.shell("pkill -KILL -x apt-get; pkill -KILL -x dpkg; rm /run/lab-slow; sleep 0.5");
  expect(await inState("lab-slow")).not.toBe("install ok installed");
  expect(await host.shell("ls /var/lib/dpkg/updates")).not.toBe("");

  expect(await declareOn(host, [install({ name: "lab-lib" })])).toMatchObject([{ action: "create" }]);
  expect(await inState("lab-slow")).toBe("install ok installed");
  expect(await converges(install({ name: ["lab-lib", "lab-slow"] }))).toEqual([[]]);
});

test("one that another's failure leaves half-configured is tried again, and told again", async () => {
  expect(await fails(install({ name: "lab-broken" }))).toContain("lab-broken: cannot find the moon");
  expect(await inState("lab-broken")).toBe("install ok half-configured");
  expect(await fails(install({ name: "lab-broken" }))).toContain("lab-broken: cannot find the moon");
  await host.shell("sed -i 's/exit 3/exit 0/' /var/lib/dpkg/info/lab-broken.postinst");
  expect(await converges(install({ name: "lab-broken" }))).toEqual([["status"]]);
});

test("of a new source that is signed only its own index is fetched, and only by the key that was named", async () => {
  await using signer = await openSigner();
  await host.shell("rm -rf /srv/signed; cp -r /srv/repo/signed /srv/signed");
  const release = await host.read("/srv/signed/dists/lab/Release");
  await host.write("/srv/signed/dists/lab/InRelease", await signer.clearsign("right", release));
  const source = { name: "signed", uris: "file:/srv/signed", suites: "lab", components: "main" };
  const repository = (key: Value): Call => ({ type: "pkg.repository", props: { ...source, key } });
  const look = (): Promise<string> => host.shell("cd /var/lib/apt/lists; find . -type f -printf '%p %T@\\n' | sort");
  const others = async (): Promise<string> =>
    (await look())
      .split("\n")
      .filter((line) => !line.includes("signed"))
      .join("\n");
  const [before, wrong] = [await look(), await signer.publicKey("wrong")];
  expect(await fails(repository({ content: wrong.key, fingerprint: "0".repeat(40) }))).toContain("has the fingerprint");

  await converges(repository({ content: wrong.key, fingerprint: wrong.fingerprint }));
  expect(await look()).toBe(before);
  expect(await fails(install({ name: "lab-signed" }))).toMatch(/NO_PUBKEY|not signed|public key is not available/);

  const right = await signer.publicKey("right");
  expect(await converges(repository({ content: right.key, fingerprint: right.fingerprint }))).toEqual([
    ["key", "key_digest"],
  ]);
  const index = await others();
  expect(await converges(install({ name: "lab-signed" }))).toEqual([["status"]]);
  expect([await others(), (await look()).includes("signed_dists_lab")]).toEqual([index, true]);
  await host.shell("mv /srv/signed /srv/gone"); // nothing is fetched again
  expect(await converges(repository({ content: right.key }), install({ name: "lab-signed" }))).toEqual([[], []]);
  await host.shell("mv /srv/gone /srv/signed; apt-get remove -qq lab-signed");
  await converges({ type: "pkg.repository", props: { name: "signed", state: "absent" } });
  expect(await host.shell("ls /etc/apt/keyrings /etc/apt/sources.list.d")).not.toContain("signed");
});

test("without a network it says so, and changes nothing", async () => {
  await host.shell("apt-get remove -qq lab-app 2>/dev/null");
  await host.write("/etc/apt/sources.list", "deb [trusted=yes] http://10.213.0.1/deb lab main\n");
  const said = await fails(install({ name: "lab-app", update_cache: true }));
  expect(said).toContain("a package repository cannot be reached from this machine");
  expect(await inState("lab-app")).not.toBe("install ok installed");
});
