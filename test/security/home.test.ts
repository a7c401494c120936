import { expect } from "bun:test";
import * as fs from "node:fs";
import { makeHome } from "../../src/modules/user/_home.ts";
import { SlothError } from "../../src/base/errors.ts";
import { openHost } from "../../src/system/host.ts";
import { asRoot } from "../support/needs-root.ts";
import { leaked, race, racing, type Attack } from "./_race.ts";
import { BOB, LU, SECRET, Yard } from "./_yard.ts";

const target = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
const bob = (home: string) => ({ name: "bob", uid: BOB, gid: BOB, home, comment: "", shell: "" });

asRoot("a home has what every new one gets, all of it its user's", async () => {
  const yard = new Yard();
  await makeHome(bob(`${yard.root}/deep/bob`), target);
  const names = (path: string): string[] => fs.readdirSync(path).sort();
  const skeleton = fs.existsSync("/etc/skel") ? names("/etc/skel") : [];
  expect(names(`${yard.root}/deep/bob`)).toEqual(skeleton);
  for (const name of ["", ...skeleton.map((each) => `/${each}`)])
    expect(yard.rights(`deep/bob${name}`)).toEndWith(`${BOB}:${BOB}`);
  expect(yard.rights("deep")).toBe("755 0:0");
});

racing("a home that is made in a directory of a user who exchanges it", async () => {
  const yard = new Yard();
  const trap = yard.link("home/trap", `${yard.crown}/dir`, LU);
  yard.directory("home/rootdir", 0, 0o700);
  yard.file("home/rootdir/secret", SECRET, 0, 0o600);
  const attacks: readonly Attack[] = [
    ["watch", yard.home, "bob", trap],
    ["watch", yard.home, "bob", `${yard.home}/rootdir`],
  ];
  await race(attacks, async (n) => {
    try {
      await makeHome(bob(`${yard.home}/bob${n}`), target);
    } catch (error) {
      if (!(error instanceof SlothError)) throw error;
    }
  });
  expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
  for (const name of fs.readdirSync(yard.home)) {
    const path = `${yard.home}/${name}`;
    if (fs.existsSync(`${path}/secret`) && !fs.lstatSync(path).isSymbolicLink())
      expect(fs.lstatSync(path)).toMatchObject({ uid: 0, mode: 0o40700 });
  }
});
