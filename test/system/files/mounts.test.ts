import { expect } from "bun:test";
import * as fs from "node:fs";
import { inNamespace, mounting } from "../../support/namespace.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const BOUND = `
  mkdir etc; echo old > etc/hosts; echo bound > source; chmod 640 source
  mount --bind source etc/hosts`;

mounting("a file that is mounted by itself is written in place, with a backup and no trace", async () => {
  const told = await inNamespace(
    BOUND,
    `await system.writeFile(root + "/etc/hosts", bytes("a longer text"), { backup: true, mode: 0o600 });
     await system.writeFile(root + "/etc/hosts", bytes("short"), {});
     const names = fs.readdirSync(root + "/etc");
     tell([read("source"), system.lstat(root + "/etc/hosts").mode, names.length, read("etc/" + names.find((name) => name.endsWith("~")))]);`,
    temporaryDirectory(),
  );
  expect(told).toEqual(["short", 0o600, 2, "bound\n"]);
});

mounting("in a read-only directory too, and a plan says so; anything else there is refused in both", async () => {
  const told = await inNamespace(
    `mkdir etc; echo old > etc/hosts; echo x > etc/other; echo bound > source
     mount --bind etc etc; mount -o remount,bind,ro etc; mount --bind source etc/hosts; mount -o remount,bind,rw etc/hosts`,
    `const results = [];
     for (const machine of [plan, system]) {
       results.push(await failure(machine.writeFile(root + "/etc/hosts", bytes("new"), { validate: ["test", "-s", "%s"] })));
       results.push(await failure(machine.writeFile(root + "/etc/other", bytes("new"), {})));
       results.push(await failure(machine.writeFile(root + "/etc/more", bytes("new"), {})));
       results.push(await failure((async () => machine.chmod(root + "/etc/other", 0o600))()));
     }
     tell([read("source"), ...results]);`,
    temporaryDirectory(),
  );
  const refused = ["write BASE/etc/other", "write BASE/etc/more", "change the mode of BASE/etc/other"].map(
    (what) => `E_READ_ONLY: cannot ${what}: the file system is read-only`,
  );
  expect(told).toEqual(["new", "no error", ...refused, "no error", ...refused]);
});

mounting("a full disk leaves the old file and no temporary one", async () => {
  const told = await inNamespace(
    "mkdir small; mount -t tmpfs -o size=256k none small; echo old > small/f",
    `const many = (async function* () { for (let i = 0; i < 64; i++) yield Buffer.alloc(16384, "x"); })();
     const said = [await failure(system.writeFile(root + "/small/f", Buffer.alloc(1_000_000, "x"), {})), await failure(system.writeFile(root + "/small/f", many, {}))];
     tell([...said, read("small/f"), fs.readdirSync(root + "/small")]);`,
    temporaryDirectory(),
  );
  const full = "E_NO_SPACE: cannot write BASE/small/f: no space is left on its file system";
  expect(told).toEqual([full, full, "old\n", ["f"]]);
});

mounting("a file mounted from a full disk keeps its contents when there is no room for more", async () => {
  const told = await inNamespace(
    `mkdir small etc; mount -t tmpfs -o size=64k none small; echo old > small/f; echo x > etc/hosts
     mount --bind small/f etc/hosts`,
    `const said = await failure(system.writeFile(root + "/etc/hosts", Buffer.alloc(200_000, "x"), {}));
     tell([said, read("small/f"), fs.readdirSync(root + "/etc")]);`,
    temporaryDirectory(),
  );
  expect(told).toEqual([
    "E_NO_SPACE: cannot write BASE/etc/hosts: no space is left on its file system",
    "old\n",
    ["hosts"],
  ]);
});

mounting("a tree with something mounted in it is not removed, not even in part", async () => {
  const root = temporaryDirectory();
  const told = await inNamespace(
    "mkdir -p 'tree/a b' other; echo x > tree/f; echo precious > other/f; mount --bind other 'tree/a b'",
    `const said = [];
     for (const machine of [plan, system]) {
       said.push(await failure(machine.removeTree(root + "/tree")), await failure(machine.removeTree(root + "/tree/a b")));
     }
     tell([...said, read("tree/f"), read("other/f")]);`,
    root,
  );
  const refused = [
    "E_REFUSED: will not remove BASE/tree: a file system at BASE/tree/a b is mounted there",
    "E_REFUSED: will not remove BASE/tree/a b: something is mounted there",
  ];
  expect(told).toEqual([...refused, ...refused, "x\n", "precious\n"]);
  expect(fs.readFileSync(`${root}/other/f`, "utf8")).toBe("precious\n");
});
