import { expect, test } from "bun:test";
import { mustSucceed } from "../../src/system/processes/command.ts";
import { FakeSystem } from "./fake-system.ts";

const signal = new AbortController().signal;

test("commands answer from the table, and differently after one that changes them", async () => {
  const show = "systemctl show nginx";
  const system = new FakeSystem({ [show]: "inactive" }, { "systemctl start nginx": { [show]: "active" } });
  const ask = async (): Promise<string> => {
    const argv = ["systemctl", "show", "nginx"] as const;
    return mustSucceed(argv, await system.query(argv)).stdout;
  };
  expect(await ask()).toBe("inactive");
  await system.run(["systemctl", "start", "nginx"]);
  expect(await ask()).toBe("active");
  expect(system.ran).toEqual(["systemctl start nginx"]);
  expect(system.asked).toEqual([show, show]);
  expect([system.which("systemctl"), system.which("other")]).toEqual(["/usr/bin/systemctl", null]);
});

test("a command in no table fails the test by its name", async () => {
  const system = new FakeSystem();
  expect(await system.run(["rm", "-rf", "/"]).catch(String)).toBe("Error: no answer for the command: rm -rf /");
});

test("an answer may look at what it is given and change files, such as useradd", async () => {
  const system = new FakeSystem({
    "useradd app": async (_, machine) => {
      const passwd = Buffer.from(machine.readFile("/etc/passwd")).toString();
      await machine.writeFile("/etc/passwd", Buffer.from(`${passwd}app:x:1000:1000::/home/app:/bin/sh\n`), {});
      return "";
    },
    chpasswd: ({ stdin }) => ({ exitCode: stdin === "secret" ? 0 : 1 }),
  });
  expect(system.userId("app")).toBeNull();
  await system.run(["useradd", "app"]);
  expect(system.userId("app")).toBe(1000);
  expect((await system.run(["chpasswd"], { stdin: "secret" })).exitCode).toBe(0);
});

test("files are there from the start and stay as they are written", async () => {
  const system = new FakeSystem({}, {}, { files: { "/etc/app/conf": "old", "/proc/loadavg": "0 0 0" } });
  await system.writeFile("/etc/app/new", Buffer.from("new"), { mode: 0o600, owner: "nobody" });
  expect(system.list("/etc/app")).toEqual(["conf", "new"]);
  expect(system.lstat("/etc/app/new")).toMatchObject({ mode: 0o600, uid: 65534 });
  expect(Buffer.from(system.readFile("/proc/loadavg")).toString()).toBe("0 0 0");
});

test("a plan on the same ground runs nothing and leaves the files alone", async () => {
  const system = new FakeSystem({}, { "make install": {} }, { files: { "/etc/conf": "old" } });
  const plan = system.asHost("plan").writer({ signal });
  await plan.writeFile("/etc/conf", Buffer.from("new"), {});
  await plan.run(["make", "install"]);
  expect(Buffer.from(plan.readFile("/etc/conf")).toString()).toBe("new");
  expect(Buffer.from(system.readFile("/etc/conf")).toString()).toBe("old");
  expect(system.ran).toEqual([]);
  expect(plan.unknownBecause()).toBe("`make install` was not run");
});

test("who is not root is refused what the kernel would refuse", async () => {
  const system = new FakeSystem({}, {}, { euid: 1000, files: { "/etc/conf": "old" } });
  const write = system.writeFile("/etc/conf", Buffer.from("new"), {});
  expect(await write.catch((error: unknown) => error)).toMatchObject({ code: "E_ACCESS" });
  const plan = system.asHost("plan").writer({ signal });
  const planned = plan.writeFile("/etc/conf", Buffer.from("new"), {});
  expect(await planned.catch((error: unknown) => error)).toMatchObject({ code: "E_ACCESS" });
});
