import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/binary.ts";
import { guideBlocks } from "../support/guide.ts";
import { needs } from "../support/needs.ts";
import { run, until, type Output } from "./command.ts";
import type { LabHost } from "./host.ts";
import { lab, type Lab } from "./lab.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000);
const test = needs(isRoot(), "root for the lab of real hosts");

let hosts: Lab;
let here: string;
beforeAll(async () => {
  if (!isRoot()) return;
  hosts = await lab(3);
  here = mkdtempSync(join(tmpdir(), "sloth-remote-"));
}, 300_000);
afterAll(async () => {
  if (!isRoot()) return;
  await hosts[Symbol.asyncDispose]();
  rmSync(here, { recursive: true });
});

function host(index: number): LabHost {
  const found = hosts.hosts[index];
  if (found === undefined) throw new Error(`no host ${index}`);
  return found;
}

function sloth(...argv: readonly string[]): Promise<Output> {
  // A shell that goes there first, since the lab's own run() stays where it is.
  return run(["sh", "-c", 'cd "$0" && exec "$@"', here, BINARY, ...argv, "--db", join(here, "s.db")]);
}

/** Runs a workflow against the lab's hosts, as ssh knows them. */
function workflow(name: string, source: string, ...flags: readonly string[]): Promise<Output> {
  writeFileSync(join(here, `${name}.lua`), `workflow{ name = "${name}" }\n${source}`);
  return sloth("run", `${name}.lua`, "--ssh-config", hosts.sshConfig, ...flags);
}

test("the guide's parallel example, word for word: three hosts, then nothing left to do", async () => {
  const [block = ""] = guideBlocks().lua("Parallel Execution with Idempotency");
  const before = 'hosts{ server1 = { address = "h1" }, server2 = { address = "h2" }, server3 = { address = "h3" } }\n';
  const first = await workflow("parallel", before + block);
  expect(first).toMatchObject({ exitCode: 0 });
  for (const server of ["server1", "server2", "server3"]) expect(first.stdout).toContain(`${server}: installed\n`);
  const second = await workflow("parallel", before + block);
  for (const server of ["server1", "server2", "server3"])
    expect(second.stdout).toContain(`${server}: already present\n`);
  expect(await host(1).succeed(["systemctl", "is-active", "nginx"])).toBe("active\n");
});

describe("a host's resources", () => {
  const source = `
    for _, name in ipairs{ "h1", "h2" } do
      file_ops.copy{ content = "hello " .. name .. "\\n", dest = "/etc/hello.conf", mode = "0640", delegate_to = name }
    end`;

  test("are planned without a trace, made, recorded under the host, and their drift is found without the workflow", async () => {
    writeFileSync(join(here, "there.lua"), `workflow{ name = "there" }\n${source}`);
    const plan = await sloth("plan", "there.lua", "--ssh-config", hosts.sshConfig);
    expect(plan.stdout).toContain("2 resources: 2 would be created");
    expect(await host(0).exec(["cat", "/etc/hello.conf"])).toMatchObject({ exitCode: 1 });
    expect((await workflow("there", source)).stdout).toContain("2 resources: 2 created");
    expect(await host(1).succeed(["stat", "-c", "%a", "/etc/hello.conf"])).toBe("640\n");
    expect((await workflow("there", source)).stdout).toContain("2 resources: 2 unchanged");
    await host(1).succeed(["chmod", "600", "/etc/hello.conf"]);
    const drift = await sloth("stack", "drift", "there", "--ssh-config", hosts.sshConfig, "--detailed-exitcode");
    expect(drift.exitCode).toBe(2);
    expect(drift.stdout).toContain("h2/file:/etc/hello.conf: drift");
    expect(drift.stdout).toContain("mode: expected 0640, is 0600");
  });

  test("whole workflows run for each host that --on names, as tasks of that host", async () => {
    const ran = await workflow(
      "each",
      'task{ name = "t", run = function(ctx) file_ops.directory{ path = "/srv/" .. ctx.host } end }',
      "--on",
      "h1,h3",
    );
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("2 resources: 2 created") });
    expect(await host(2).succeed(["ls", "/srv"])).toContain("h3");
  });
});

describe("what keeps us from a host is said, and the others go on", () => {
  const copyTo = (name: string): string => `
    local ok, why = pcall(file_ops.copy, { content = "x", dest = "/etc/x", delegate_to = "${name}" })
    print(ok, why)
    file_ops.copy{ content = "x", dest = "/etc/x", delegate_to = "h1" }`;

  const cases: readonly (readonly [name: string, declared: string, said: RegExp])[] = [
    [
      "nowhere",
      'hosts{ nowhere = { address = "10.255.255.1" } }',
      /nowhere: (cannot be reached|did not answer in time)/,
    ],
    ["no-name", "", /no-name: no such host/],
    ["wrong-key", 'hosts{ ["wrong-key"] = { address = "h2", user = "keyless" } }', /wrong-key: the login was refused/],
    [
      "no-shell",
      'hosts{ ["no-shell"] = { address = "h2", user = "locked" } }',
      /no-shell: (the login has no shell|the connection ended at once)/,
    ],
    [
      "no-sudo",
      'hosts{ ["no-sudo"] = { address = "h2", user = "plain", sudo = true } }',
      /no-sudo: becoming another user would ask for a password/,
    ],
  ];
  for (const [name, declared, said] of cases) {
    test(name, async () => {
      await host(1).shell(`
        for user in plain locked keyless; do
          id $user >/dev/null 2>&1 || useradd -m -s /bin/sh $user
          mkdir -p /home/$user/.ssh && cp /root/.ssh/authorized_keys /home/$user/.ssh/ && chown -R $user: /home/$user/.ssh
        done
        rm -f /home/keyless/.ssh/authorized_keys
        usermod -s /bin/false locked`);
      const ran = await workflow("failing", `${declared}\n${copyTo(name)}`, "--connect-timeout", "3s");
      expect(ran.stdout).toMatch(said);
      expect(await host(0).read("/etc/x")).toBe("x");
    });
  }

  test("a changed host key is never taken", async () => {
    const keys = await host(2).read("/etc/ssh/ssh_host_ed25519_key");
    await host(2).shell("rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh");
    const ran = await workflow("changed", copyTo("h3"));
    expect(ran.stdout).toMatch(/h3: its host key (is another|is not known)/);
    await host(2).write("/etc/ssh/ssh_host_ed25519_key", keys, "600");
    await host(2).shell(
      "ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key > /etc/ssh/ssh_host_ed25519_key.pub; systemctl restart ssh",
    );
  });
});

test("drift reaches a host as the run did, though the record is all there is", async () => {
  const declared = 'hosts{ renamed = { address = "h3", user = "root" } }\n';
  const source = `${declared}file_ops.copy{ content = "x", dest = "/etc/renamed", delegate_to = "renamed" }`;
  expect(await workflow("renamed", source)).toMatchObject({ exitCode: 0 });
  await host(2).succeed(["rm", "/etc/renamed"]);
  const reach = ["--ssh-config", hosts.sshConfig];
  expect((await sloth("stack", "drift", "renamed", ...reach)).stdout).toContain("renamed/file:/etc/renamed: missing");
  expect(await sloth("stack", "drift", "renamed", "--fix", "--yes", ...reach)).toMatchObject({ exitCode: 0 });
  expect(await host(2).read("/etc/renamed")).toBe("x");
});

test("an ordinary login does root's work by sudo, and nothing without it", async () => {
  await host(2).shell(`
    id worker >/dev/null 2>&1 || useradd -m -s /bin/sh worker
    mkdir -p /home/worker/.ssh && cp /root/.ssh/authorized_keys /home/worker/.ssh/ && chown -R worker: /home/worker/.ssh
    echo 'worker ALL=(root) NOPASSWD: ALL' > /etc/sudoers.d/worker && chmod 440 /etc/sudoers.d/worker`);
  const declared =
    'hosts{ plain = { address = "h3", user = "worker" }, root = { address = "h3", user = "worker", sudo = true } }\n';
  const copy = (name: string): string =>
    `${declared}file_ops.copy{ content = "x", dest = "/etc/by-sudo", owner = "root", delegate_to = "${name}" }`;
  const plain = await workflow("plain", copy("plain"));
  expect(plain.exitCode).toBe(1);
  expect(plain.stderr).toMatch(/\/etc.*(permission|not permitted|root)/i);
  expect(await workflow("root", copy("root"))).toMatchObject({ exitCode: 0 });
  expect(await host(2).succeed(["stat", "-c", "%U", "/etc/by-sudo"])).toBe("root\n");
});

test("the work is done as whom the host says, whatever the login's shell prints first", async () => {
  await host(2).shell(`
    for user in noisy deploy asker; do
      id $user >/dev/null 2>&1 || useradd -m -s /bin/bash $user
      mkdir -p /home/$user/.ssh && cp /root/.ssh/authorized_keys /home/$user/.ssh/ && chown -R $user: /home/$user/.ssh
    done
    printf 'echo banner; printf "no newline"' > /home/noisy/.bashrc
    echo 'noisy ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/noisy`);
  const ran = await workflow(
    "become",
    `hosts{
      noisy = { address = "h3", user = "noisy" },
      sudo = { address = "h3", user = "noisy", sudo = { user = "deploy" } },
      root = { address = "h3", sudo = { user = "deploy" } },
      su = { address = "h3", sudo = { user = "deploy", method = "su" } },
      asker = { address = "h3", user = "asker", sudo = { method = "su" } },
    }
    for _, name in ipairs{ "noisy", "sudo", "root", "su", "asker" } do
      local ok, why = pcall(exec.run, { argv = { "id", "-un" }, read_only = true, delegate_to = name })
      print(name, ok and why.stdout or why)
    end`,
  );
  expect(ran.stdout).toContain("noisy\tnoisy\n");
  for (const name of ["sudo", "root", "su"]) expect(ran.stdout).toContain(`${name}\tdeploy\n`);
  expect(ran.stdout).toMatch(/asker: su would ask for a password, because the login is not root/);
});

test("the name of a host with a letter wrong is told the closest", async () => {
  const source =
    'hosts{ web1 = { address = "h1", groups = { "web" } } }\nfile_ops.directory{ path = "/srv/near", delegate_to = "wbe" }';
  expect((await workflow("near", source)).stderr).toContain("wbe: no such host");
  expect((await workflow("near", source)).stderr).toContain("did you mean 'web'?");
});

test("a host cut off in the middle is told in the time of its silence; the next run finishes there", async () => {
  const source = `
    goroutine.map({ "h1", "h2" }, function(name)
      exec.run{ cmd = "echo begun >> /root/cut; sleep " .. (name == "h2" and 8 or 0), creates = "/root/finished", delegate_to = name }
      file_ops.copy{ content = "x", dest = "/root/finished", delegate_to = name }
    end)`;
  const running = workflow("cut", source, "--silence-timeout", "4s");
  await until(
    "the command on h2",
    120_000,
    async () => (await host(1).exec(["cat", "/root/cut"])).exitCode === 0 || undefined,
  );
  await host(1).shell("ip link set host0 down");
  const started = performance.now();
  const ran = await running;
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(ran).toMatchObject({ exitCode: 1 });
  expect(ran.stderr + ran.stdout).toMatch(/h2: has not answered for \d+ s/);
  expect(await host(0).read("/root/finished")).toBe("x");
  await host(1).shell("ip link set host0 up");
  await until(
    "h2 to be reachable",
    120_000,
    async () =>
      (await run(["ssh", "-F", hosts.sshConfig, "-o", "ConnectTimeout=2", "h2", "true"])).exitCode === 0 || undefined,
  );
  expect(await workflow("cut", source)).toMatchObject({ exitCode: 0 });
  expect(await host(1).read("/root/finished")).toBe("x");
});

test("a host whose far end is killed fails its task alone: the others run, the run ends and is recorded", async () => {
  const running = workflow(
    "lost",
    `task{ name = "one", delegate_to = "h1", run = function() exec.run{ cmd = "touch /root/lost; sleep 60" } end }
     task{ name = "two", delegate_to = "h2", run = function() exec.run{ cmd = "touch /root/found" } end }`,
  );
  const begun = async (): Promise<true | undefined> =>
    (await host(0).exec(["test", "-e", "/root/lost"])).exitCode === 0 || undefined;
  await until("the command on h1", 120_000, begun);
  await host(0).shell("pkill -KILL sloth-runner; pkill -KILL -x sleep");
  const ran = await running;
  expect(ran).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("1 failed; 1 action run") });
  expect(ran.stderr).toContain("h1: the connection ended");
  await host(1).succeed(["test", "-e", "/root/found"]);
  expect((await sloth("stack", "history", "lost")).stdout).toContain("failed");
});

test("what a far end that was killed left at work is waited for, not done a second time beside it", async () => {
  const source =
    'exec.run{ cmd = "echo begun >> /root/left; sleep 8; touch /root/left.done", creates = "/root/left.done", delegate_to = "h1" }';
  const running = workflow("left", source);
  const begun = async (): Promise<true | undefined> =>
    (await host(0).exec(["test", "-e", "/root/left"])).exitCode === 0 || undefined;
  await until("the command on h1", 120_000, begun);
  await host(0).shell("pkill -KILL sloth-runner");
  expect(await running).toMatchObject({ exitCode: 1 });
  const again = await workflow("left", source);
  expect(again.stderr).toMatch(/h1: \S+ \(process group \d+\), left by a run that was killed, is still at work/);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(await host(0).read("/root/left")).toBe("begun\n");
  const forgotten = async (): Promise<true | undefined> =>
    (await host(0).succeed(["ls", "/run/sloth-runner"])) === "" || undefined;
  await until("the end of the notes of what was at work", 30_000, forgotten);
});

test("when the controller is killed, nothing of ours is left running on any host", async () => {
  writeFileSync(
    join(here, "killed.lua"),
    'workflow{ name = "killed" }\nexec.run{ cmd = "touch /root/killed; sleep 300", delegate_to = "h1" }',
  );
  const controller = Bun.spawn(
    [BINARY, "run", join(here, "killed.lua"), "--db", join(here, "s.db"), "--ssh-config", hosts.sshConfig],
    { stdout: "ignore", stderr: "ignore", stdin: "ignore" },
  );
  await until(
    "the command",
    120_000,
    async () => (await host(0).exec(["test", "-e", "/root/killed"])).exitCode === 0 || undefined,
  );
  controller.kill("SIGKILL");
  const left = async (): Promise<string> =>
    (await host(0).exec(["sh", "-c", "ps -eo args | grep -E 'sloth-runner|sleep 300' | grep -v grep"])).stdout;
  await until("the end of what it started", 30_000, async () => (await left()) === "" || undefined);
});

test("agent clean removes what runs brought, and a run brings it again", async () => {
  const cleaned = await run([BINARY, "agent", "clean", "h1", "--ssh-config", hosts.sshConfig]);
  expect(cleaned.stdout).toContain("removed /root/.cache/sloth-runner/sloth-runner-");
  expect(await host(0).exec(["ls", "/root/.cache/sloth-runner"])).toMatchObject({ exitCode: 2 });
  expect((await workflow("again", 'file_ops.stat{ path = "/etc", delegate_to = "h1" }')).stderr).toContain(
    "h1: sending a build of",
  );
});
