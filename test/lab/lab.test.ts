import { expect, setDefaultTimeout } from "bun:test";
import { existsSync } from "node:fs";
import { needs } from "../support/needs.ts";
import { run, until } from "./command.ts";
import { lab } from "./lab.ts";
import { directoryOf, labs } from "./records.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

test("hosts run systemd, know each other, are reached by ssh and have no way out", async () => {
  await using hosts = await lab(2);
  const [first, second] = hosts.hosts;
  if (first === undefined || second === undefined) throw new Error("two hosts were asked for");

  expect(await first.read("/proc/1/comm")).toBe("systemd\n");
  expect((await first.succeed(["hostname"])).trim()).toBe("h1");
  expect(await first.succeed(["getent", "hosts", "h2"])).toContain(second.address);
  expect(await first.succeed(["ip", "route", "show", "default"])).toBe("");
  const { stdout } = await run(["ssh", "-F", hosts.sshConfig, "h2", "hostname"]);
  expect(stdout).toBe("h2\n");

  await first.write("/etc/one/two", "text\n", "600");
  expect(await first.read("/etc/one/two")).toBe("text\n");
  expect(await second.exec(["cat", "/etc/one/two"])).toMatchObject({ exitCode: 1 });
});

test("a lab that is over leaves nothing", async () => {
  const running = await lab(1);
  const address = running.hosts[0]?.address ?? "";
  expect(await traces(running.name, address)).not.toBe("");
  await running[Symbol.asyncDispose]();
  await withoutTraces(running.name, address);
});

test("a lab whose owner was killed is gone, and the next one removes its record", async () => {
  const source = `import { lab } from ${JSON.stringify(`${import.meta.dir}/lab.ts`)};
    const { name, hosts } = await lab(1);
    console.log(name, hosts[0].address);
    await Bun.sleep(60_000);`;
  const owner = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "inherit" });
  const { value } = await owner.stdout.getReader().read();
  const [name = "", address = ""] = new TextDecoder().decode(value).trim().split(" ");
  expect(labs().running).toContain(name);
  owner.kill("SIGKILL");
  await until("the end of the killed lab", 30_000, () => !labs().running.includes(name) || undefined);
  expect(existsSync(directoryOf(name))).toBe(true);

  const next = await lab(1);
  await next[Symbol.asyncDispose]();
  await withoutTraces(name, address);
});

/** The kernel takes a network namespace down a moment after its last process. */
async function withoutTraces(name: string, address: string): Promise<void> {
  await until("no traces", 30_000, async () => (await traces(name, address)) === "" || undefined);
}

/** What a lab puts on this machine: links, mounts, control groups, its directory. */
async function traces(name: string, address: string): Promise<string> {
  const look = `
    ip -brief address | grep -F "\${2%.*}.254/" | cut -d" " -f1
    grep -F "/$1" /proc/mounts
    find /sys/fs/cgroup -maxdepth 2 -name "sloth-lab-$1"`;
  const { stdout } = await run(["sh", "-c", look, "sh", name, address]);
  return stdout + (existsSync(directoryOf(name)) ? directoryOf(name) : "");
}
