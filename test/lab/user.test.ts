import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { needs } from "../support/needs.ts";
import { converge, declareOn, errorOf, installAgent, type Call } from "./declare-on.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

const HASH =
  "$6$rounds=5000$saltsalt$n9NFF2pGv5SxK9l8bU1Bc8ZTk9rC3Y0dE0xYQyPZ1lM7dVtZzGZl6pPq5d2yq0J0kqR8m1wWqW3lqfM8h0aB/";
const KEY_A = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ana@laptop";
const KEY_B = 'from="10.0.0.0/8" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB ana@desk';

let hosts: Lab;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await installAgent(host);
});
afterAll(async () => hosts?.[Symbol.asyncDispose]());

const passwd = async (name: string): Promise<string> => (await host.exec(["getent", "passwd", name])).stdout.trim();
const account = async (): Promise<string> => host.shell("cat /etc/passwd /etc/shadow /etc/group; ls -la /home");

const converges = (...calls: readonly Call[]) => converge(host, account, calls);
const fails = (call: Call): Promise<string> => errorOf(host, call);

describe("users", () => {
  test("a user with everything stated", async () => {
    await host.shell("groupadd -f video; groupadd -f audio");
    const props = {
      name: "ana",
      uid: 1500,
      groups: ["video", "audio"],
      shell: "/bin/bash",
      comment: "Ana, Büro 3",
      password_hash: HASH,
      expires: "2030-12-31",
      authorized_keys: [KEY_A, KEY_B],
      create_home: true,
    };
    const [changes] = await converges({ type: "user.ensure", props });
    expect(changes).toEqual([
      "uid",
      "groups",
      "comment",
      "shell",
      "home_exists",
      "password",
      "expires",
      "authorized_keys",
    ]);
    expect(await passwd("ana")).toBe("ana:x:1500:1500:Ana, Büro 3:/home/ana:/bin/bash");
    expect(await host.shell("getent shadow ana | cut -d: -f2,8")).toBe(`${HASH}:22279\n`);
    expect(await host.shell("id -Gn ana | tr ' ' '\\n' | sort | xargs")).toBe("ana audio video\n");
    expect(await host.read("/home/ana/.ssh/authorized_keys")).toBe(`${KEY_A}\n${KEY_B}\n`);
    expect(await host.shell("stat -c '%a %U %G' /home/ana/.ssh /home/ana/.ssh/authorized_keys")).toBe(
      "700 ana ana\n600 ana ana\n",
    );
  });

  test("each property alone is changed back", async () => {
    const props = {
      name: "bea",
      uid: 1501,
      groups: ["video"],
      shell: "/bin/sh",
      comment: "Bea",
      home: "/srv/bea",
      password_hash: HASH,
      locked: false,
      expires: "never",
      authorized_keys: [KEY_A],
      group: "users",
    };
    const call = { type: "user.ensure", props };
    await converges(call);
    const byHand: readonly (readonly [string, string])[] = [
      ["usermod -s /bin/bash bea", "shell"],
      ["usermod -c Other bea", "comment"],
      ["usermod -u 1777 bea", "uid"],
      ["usermod -g audio bea", "group"],
      ["usermod -aG audio bea", "groups"],
      ["usermod -G '' bea", "groups"],
      ["usermod -e 2031-01-01 bea", "expires"],
      ["usermod -L bea", "locked"],
      ["echo bea:other | chpasswd", "password"],
      [`echo '${KEY_B}' >> /srv/bea/.ssh/authorized_keys`, "authorized_keys"],
      ["rm -r /srv/bea/.ssh", "authorized_keys"],
    ];
    for (const [command, property] of byHand) {
      await host.shell(command);
      expect(await converges(call)).toEqual([[property]]);
    }
    await host.shell("userdel bea; rm -r /srv/bea");
  });

  test("what is not stated is left alone", async () => {
    await host.shell("useradd -m -u 1600 -G video -s /bin/bash -c Cem cem");
    expect(await converges({ type: "user.modify", props: { name: "cem", shell: "/bin/sh" } })).toEqual([["shell"]]);
    expect(await passwd("cem")).toBe("cem:x:1600:1600:Cem:/home/cem:/bin/sh");
    expect(await converges({ type: "user.modify", props: { name: "cem", groups: ["audio"], append: true } })).toEqual([
      ["group audio"],
    ]);
    expect(await host.shell("id -Gn cem")).toContain("video");
    expect(await converges({ type: "user.modify", props: { name: "cem", groups: [] } })).toEqual([["groups"]]);
    expect(await host.shell("id -Gn cem")).toBe("cem\n");
  });

  test("create leaves alone whoever is there, modify wants somebody", async () => {
    await host.shell("useradd dan");
    const before = await account();
    expect(await converges({ type: "user.create", props: { name: "dan", shell: "/bin/bash", uid: 1999 } })).toEqual([
      [],
    ]);
    expect(await account()).toBe(before);
    expect(await fails({ type: "user.modify", props: { name: "nobody-here", shell: "/bin/sh" } })).toContain(
      "there is no user 'nobody-here'; user.create makes one, user.ensure does both",
    );
  });

  test("create then modify in one run, planned as it is done", async () => {
    const calls = [
      { type: "group.create", props: { name: "staffers", gid: 2100 } },
      { type: "user.create", props: { name: "eva", home: "/home/eva", groups: ["staffers"], shell: "/bin/bash" } },
      { type: "user.modify", props: { name: "eva", comment: "Eva" } },
    ];
    expect(await converges(...calls)).toEqual([["gid"], ["groups", "home", "shell"], ["comment"]]);
  });

  test("a group of the user's name is taken as the own one", async () => {
    await host.shell("groupadd fox");
    await converges({ type: "user.create", props: { name: "fox" } });
    expect(await host.shell("id -gn fox")).toBe("fox\n");
  });

  test("a home that exists is kept as it is", async () => {
    await host.shell("mkdir /home/gil; echo mine > /home/gil/file; chown -R 0:0 /home/gil");
    await converges({ type: "user.create", props: { name: "gil" } });
    expect(await host.shell("stat -c %U /home/gil; ls /home/gil")).toBe("root\nfile\n");
    await converges({ type: "user.ensure", props: { name: "hal", create_home: false } });
    expect((await host.exec(["test", "-e", "/home/hal"])).exitCode).toBe(1);
    expect(await converges({ type: "user.ensure", props: { name: "hal", create_home: true } })).toEqual([
      ["home_exists"],
    ]);
    expect(await host.shell("stat -c '%a %U %G' /home/hal; stat -c %U /home/hal/.bashrc")).toBe("755 hal hal\nhal\n");
  });

  test("the home moves with what is in it when that is asked", async () => {
    await host.shell("useradd -m ida; echo mine > /home/ida/file");
    await converges({ type: "user.modify", props: { name: "ida", home: "/srv/ida", move_home: true } });
    expect(await host.read("/srv/ida/file")).toBe("mine\n");
  });

  test("a system user, and one that is locked", async () => {
    await converges({
      type: "user.create",
      props: { name: "svc", system: true, create_home: false, shell: "/usr/sbin/nologin" },
    });
    expect(Number((await passwd("svc")).split(":")[2])).toBeLessThan(1000);
    await converges({ type: "user.ensure", props: { name: "jan", password_hash: HASH, locked: true } });
    expect(await host.shell("passwd -S jan | cut -d' ' -f2")).toBe("L\n");
    // The lock stays when only the password is stated, and goes when that is stated.
    await host.shell("echo jan:other | chpasswd; usermod -L jan");
    await converges({ type: "user.modify", props: { name: "jan", password_hash: HASH } });
    expect(await host.shell("passwd -S jan | cut -d' ' -f2")).toBe("L\n");
    expect(await converges({ type: "user.modify", props: { name: "jan", locked: false } })).toEqual([["locked"]]);
    expect(await host.shell("getent shadow jan | cut -d: -f2")).toBe(`${HASH}\n`);
  });

  test("keys are added to those there when that is asked, with their comments", async () => {
    await host.shell(
      `useradd -m kim; install -d -o kim -g kim -m 700 /home/kim/.ssh; printf '# mine\\n%s' '${KEY_A}' > /home/kim/.ssh/authorized_keys; chown kim:kim /home/kim/.ssh/authorized_keys`,
    );
    await converges({ type: "user.modify", props: { name: "kim", authorized_keys: [KEY_B], append: true } });
    expect(await host.read("/home/kim/.ssh/authorized_keys")).toBe(`# mine\n${KEY_A}\n${KEY_B}\n`);
  });

  test("the order of keys says nothing, and comments stay while nothing else is to be done", async () => {
    await host.shell("useradd -m liv");
    await converges({ type: "user.modify", props: { name: "liv", authorized_keys: [KEY_A, KEY_B] } });
    await host.shell(`printf '# mine\\n%s\\n%s\\n' '${KEY_B}' '${KEY_A}' > /home/liv/.ssh/authorized_keys`);
    expect(await converges({ type: "user.modify", props: { name: "liv", authorized_keys: [KEY_A, KEY_B] } })).toEqual([
      [],
    ]);
  });

  test("a link that a user planted leads nowhere", async () => {
    await host.shell(
      "useradd -m lea; install -d -o lea -g lea /home/lea/.ssh; ln -s /etc/shadow /home/lea/.ssh/authorized_keys",
    );
    const before = await host.shell("sha256sum /etc/shadow");
    await converges({ type: "user.modify", props: { name: "lea", authorized_keys: [KEY_A] } });
    expect(await host.read("/home/lea/.ssh/authorized_keys")).toBe(`${KEY_A}\n`);
    await host.shell("rm -r /home/lea/.ssh; mkdir /etc/planted; ln -s /etc/planted /home/lea/.ssh");
    expect(await fails({ type: "user.modify", props: { name: "lea", authorized_keys: [KEY_A] } })).toContain(
      "/home/lea/.ssh is a link",
    );
    expect(await host.shell("ls /etc/planted")).toBe("");
    expect(await host.shell("sha256sum /etc/shadow")).toBe(before);
  });

  test("delete, with and without the home, twice", async () => {
    await host.shell("useradd -m max; useradd -m nia");
    expect(await converges({ type: "user.delete", props: { name: "max" } })).toEqual([["exists"]]);
    expect(await host.shell("ls -d /home/max")).toBe("/home/max\n");
    await converges({ type: "user.delete", props: { name: "nia", remove_home: true } });
    expect((await host.exec(["test", "-e", "/home/nia"])).exitCode).toBe(1);
  });

  test("failures say what stands in the way", async () => {
    await host.shell("useradd -u 1700 ole; useradd -m pia; setsid su pia -c 'sleep 1000' >/dev/null 2>&1 & sleep 0.3");
    const cases: readonly (readonly [object, string])[] = [
      [{ type: "user.create", props: { name: "new", uid: 1700 } }, "user id 1700 belongs to 'ole' already"],
      [
        { type: "user.create", props: { name: "new", group: "no-such" } },
        "there is no group 'no-such' on this machine",
      ],
      [
        { type: "user.create", props: { name: "new", groups: ["no-such"] } },
        "there is no group 'no-such' on this machine",
      ],
      [{ type: "user.create", props: { name: "x".repeat(33) } }, "x".repeat(33)],
      [{ type: "user.delete", props: { name: "pia" } }, "is currently used by process"],
      [{ type: "user.create", props: { name: "new", password_hash: "plain" } }, "is not a password hash"],
      [{ type: "user.modify", props: { name: "ole", locked: false } }, "'ole' has no password that could be unlocked"],
      [
        { type: "user.modify", props: { name: "ole", authorized_keys: [KEY_A] } },
        "there is no home directory /home/ole",
      ],
      [{ type: "user.create", props: { name: "a:b" } }, "'name' is 'a:b'"],
      [{ type: "user.create", props: { name: "-f" } }, "'name' is '-f'"],
    ];
    for (const [call, words] of cases) expect(await fails(call as Call)).toContain(words);
    expect(await passwd("new")).toBe("");
  });

  test("a user that cannot be made whole is not left half made", async () => {
    const props = { name: "qin", create_home: false, authorized_keys: [KEY_A] };
    expect(await fails({ type: "user.create", props })).toContain("there is no home directory");
    expect(await passwd("qin")).toBe("");
  });

  test("names that look odd and are allowed", async () => {
    for (const name of ["host$", "a.b", "_x", "x".repeat(32)])
      await converges({ type: "user.create", props: { name } });
  });

  test("another user is told what is missing", async () => {
    const [answer] = await declareOn(host, [{ type: "user.create", props: { name: "new" } }], { as: "nobody" });
    expect(answer?.error).toContain("changing users takes root, and we are uid 65534; run it with sudo");
  });
});

describe("groups", () => {
  test("made, renumbered, deleted, each twice", async () => {
    expect(await converges({ type: "group.create", props: { name: "crew" } })).toEqual([["exists"]]);
    expect(await converges({ type: "group.create", props: { name: "crew", gid: 2200 } })).toEqual([["gid"]]);
    expect(await host.shell("getent group crew")).toBe("crew:x:2200:\n");
    await converges({ type: "group.create", props: { name: "sys", system: true } });
    expect(await converges({ type: "group.delete", props: { name: "crew" } })).toEqual([["exists"]]);
  });

  test("failures say what stands in the way", async () => {
    await host.shell("groupadd -g 2300 taken; useradd -m ron");
    expect(await fails({ type: "group.create", props: { name: "other", gid: 2300 } })).toContain(
      "group id 2300 belongs to 'taken' already",
    );
    expect(await fails({ type: "group.delete", props: { name: "ron" } })).toContain("primary group of user 'ron'");
  });
});

test("a password is seen in no process list and no answer", async () => {
  await host.write("/root/pattern", "saltsalt\n");
  await host.write("/root/sample", SAMPLE);
  const seen = host.succeed(["sh", "/root/sample"]);
  const answers = await declareOn(host, [{ type: "user.ensure", props: { name: "sam", password_hash: HASH } }]);
  expect(JSON.stringify(answers)).not.toContain("saltsalt");
  expect(JSON.stringify(answers)).toContain("keyed:");
  expect(await seen).toBe("0\n");
});

const busybox = process.env["SLOTH_BUSYBOX"];

/** Debian's busybox has no adduser; SLOTH_BUSYBOX names a static one that has, such as `make defconfig` builds. */
needs(isRoot() && busybox !== undefined, "SLOTH_BUSYBOX")("on a machine with busybox alone", async () => {
  await host.copyIn(busybox ?? "", "/opt/bb/busybox");
  await host.shell(
    "/opt/bb/busybox --install -s /opt/bb; for i in useradd usermod chpasswd; do readlink /opt/bb/$i || true; done",
  );
  const kept = (...calls: readonly Call[]) => converge(host, account, calls, { path: "/opt/bb" });

  await kept({ type: "group.create", props: { name: "bbcrew", gid: 3100 } });
  const props = {
    name: "bbuser",
    uid: 3000,
    groups: ["bbcrew"],
    shell: "/bin/sh",
    comment: "Bb",
    home: "/home/bbuser",
    group: "users",
    expires: "2030-12-31",
    password_hash: HASH,
  };
  const call = { type: "user.ensure", props };
  expect(await kept(call)).toEqual([["uid", "group", "groups", "home", "comment", "shell", "password", "expires"]]);
  expect(await passwd("bbuser")).toBe("bbuser:x:3000:100:Bb:/home/bbuser:/bin/sh");
  expect(await host.shell("getent shadow bbuser | cut -d: -f2,8")).toBe(`${HASH}:22279\n`);

  const byHand: readonly (readonly [string, string])[] = [
    ["usermod -s /bin/bash bbuser", "shell"],
    ["usermod -c Other bbuser", "comment"],
    ["usermod -u 3777 bbuser", "uid"],
    ["usermod -g audio bbuser", "group"],
    ["usermod -aG audio bbuser", "groups"],
    ["usermod -G '' bbuser", "groups"],
    ["usermod -e '' bbuser", "expires"],
    ["echo bbuser:other | chpasswd", "password"],
  ];
  for (const [command, property] of byHand) {
    await host.shell(command);
    expect(await kept(call)).toEqual([[property]]);
  }
  expect(await host.shell("stat -c %u /home/bbuser")).toBe("3000\n");
  await kept({ type: "user.modify", props: { name: "bbuser", locked: true } });
  await kept({ type: "user.modify", props: { name: "bbuser", locked: false } });
  await kept({
    type: "user.modify",
    props: { name: "bbuser", home: "/srv/bbuser", move_home: true, authorized_keys: [], groups: [] },
  });
  await kept({ type: "user.modify", props: { name: "bbuser", authorized_keys: [KEY_A] } });
  await kept({ type: "user.create", props: { name: "bbsvc", system: true, create_home: false } });
  expect(await host.shell("id -gn bbsvc")).toBe("bbsvc\n");
  await kept({ type: "group.create", props: { name: "bbcrew", gid: 3200 } });
  await kept(
    { type: "user.delete", props: { name: "bbuser", remove_home: true } },
    { type: "group.delete", props: { name: "bbcrew" } },
  );
  expect(await host.shell("ls /srv")).not.toContain("bbuser");
});

const SAMPLE = `
end=$(($(date +%s) + 2))
while [ $(date +%s) -lt $end ]; do
  cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c -f /root/pattern
done | sort -u`;

describe("homes and keys", () => {
  test("another home is made with its parents, and moved there when that is asked", async () => {
    await host.shell("useradd -m tom; useradd -m uma; useradd -M vic");
    const made = { type: "user.ensure", props: { name: "tom", home: "/srv/deep/er/tom", create_home: true } };
    expect(await converges(made)).toEqual([["home", "home_exists"]]);
    expect(await host.shell("stat -c '%a %U' /srv/deep/er /srv/deep/er/tom")).toBe("755 root\n755 tom\n");
    await converges({ type: "user.ensure", props: { name: "uma", home: "/srv/far/uma", move_home: true } });
    await converges({ type: "user.ensure", props: { name: "vic", home: "/srv/vic", move_home: true } });
    await host.shell("mkdir /srv/there");
    expect(await fails({ type: "user.ensure", props: { name: "uma", home: "/srv/there", move_home: true } })).toContain(
      "cannot be moved to /srv/there: something is there already",
    );
    expect(await passwd("uma")).toContain(":/srv/far/uma:");
  });

  test("keys go where the home will be, and are taken as sshd takes them", async () => {
    await host.shell("useradd -m wim; cp -a /home/wim /srv/wim");
    const key = `permitopen="localhost:5432" ${KEY_A}`;
    const props = { name: "wim", home: "/srv/wim", authorized_keys: [`${key}\n`] };
    expect(await converges({ type: "user.ensure", props })).toEqual([["home", "authorized_keys"]]);
    expect(await host.read("/srv/wim/.ssh/authorized_keys")).toBe(`${key}\n`);
  });

  test("a key is added where another stands twice", async () => {
    await host.shell(
      `useradd -m xia; install -d -o xia -g xia -m 700 /home/xia/.ssh; printf '%s\\n%s\\n' '${KEY_A}' '${KEY_A}' > /home/xia/.ssh/authorized_keys; chown xia:xia /home/xia/.ssh/authorized_keys`,
    );
    await converges({ type: "user.ensure", props: { name: "xia", authorized_keys: [KEY_B], append: true } });
    expect(await host.read("/home/xia/.ssh/authorized_keys")).toContain(KEY_B);
  });

  test("the last day is the day before `expires`", async () => {
    await converges({ type: "user.ensure", props: { name: "yan", expires: "2030-12-31" } });
    expect(await host.shell("chage -l yan | grep 'Account expires'")).toContain("Dec 31, 2030");
  });
});
