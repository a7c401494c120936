import { expect } from "bun:test";
import * as fs from "node:fs";
import { keysOf, writeKeys } from "../../src/modules/user/_authorized-keys.ts";
import { makeStrict } from "../../src/modules/ssh/_keys-file.ts";
import { asRoot } from "../support/needs-root.ts";
import { asLu, machineOfLu } from "./_lu.ts";
import { BOB, LU, SECRET, Yard } from "./_yard.ts";

const lu = (yard: Yard) => ({ name: "lu", uid: LU, home: yard.home });

const KEPT = { appended: true };

function withKeys(contents: string): Yard {
  const yard = new Yard();
  yard.directory("home/.ssh", LU, 0o700);
  yard.file("home/.ssh/authorized_keys", contents, LU, 0o600);
  return yard;
}

asLu("a key is added where another is there twice, and comments stay", async () => {
  const yard = withKeys("# mine\nK1\nK1");
  expect(keysOf(lu(yard), machineOfLu(), KEPT)).toEqual(["K1"]);
  await writeKeys(lu(yard), ["K1", "K2"], machineOfLu(), KEPT);
  expect(yard.text("home/.ssh/authorized_keys")).toBe("# mine\nK1\nK1\nK2\n");
});

asLu("a link of the user to a file of his is followed, and what is there stays", async () => {
  const yard = withKeys("");
  yard.directory("home/dot", LU, 0o755);
  yard.file("home/dot/keys", "K1\n", LU, 0o600);
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  yard.link("home/.ssh/authorized_keys", "../dot/keys", LU);
  expect(keysOf(lu(yard), machineOfLu(), KEPT)).toEqual(["K1"]);
  await writeKeys(lu(yard), ["K1", "K2"], machineOfLu(), KEPT);
  expect(yard.text("home/dot/keys")).toBe("K1\nK2\n");
  expect(fs.lstatSync(`${yard.home}/.ssh/authorized_keys`).isSymbolicLink()).toBe(true);
});

asLu("a link to what is not his is refused, and so is a file of another that he may not read", async () => {
  const yard = withKeys("");
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  yard.link("home/.ssh/authorized_keys", `${yard.crown}/shadow`, LU);
  const refused = expect.objectContaining({ code: "E_ACCESS" });
  expect(() => keysOf(lu(yard), machineOfLu(), KEPT)).toThrow(refused);
  expect(writeKeys(lu(yard), ["K2"], machineOfLu(), KEPT)).rejects.toThrow(refused);
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  yard.file("home/.ssh/authorized_keys", SECRET, 0, 0o600);
  expect(() => keysOf(lu(yard), machineOfLu(), KEPT)).toThrow(refused);
  expect(writeKeys(lu(yard), ["K2"], machineOfLu(), KEPT)).rejects.toThrow(refused);
  expect(yard.touched()).toEqual([]);
});

asLu("where they are not to stay, they count for nothing and are replaced as the user", async () => {
  for (const secret of [false, true]) {
    const yard = withKeys("");
    fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
    if (secret) yard.file("home/.ssh/authorized_keys", SECRET, 0, 0o600);
    else yard.link("home/.ssh/authorized_keys", `${yard.crown}/shadow`, LU);
    expect(keysOf(lu(yard), machineOfLu(), { appended: false })).toEqual([]);
    await writeKeys(lu(yard), ["K2"], machineOfLu(), { appended: false });
    expect([yard.text("home/.ssh/authorized_keys"), yard.touched()]).toEqual(["K2\n", []]);
  }
});

asRoot("a file of another that he may not read is not given to him to be a strict one", () => {
  const yard = withKeys("");
  fs.unlinkSync(`${yard.home}/.ssh/authorized_keys`);
  const path = yard.file("home/.ssh/authorized_keys", SECRET, BOB, 0o600);
  expect(() => makeStrict({ path, uid: LU }, machineOfLu())).toThrow(expect.objectContaining({ code: "E_ACCESS" }));
  expect(yard.rights("home/.ssh/authorized_keys")).toBe(`600 ${BOB}:${BOB}`);
  fs.chmodSync(path, 0o664);
  makeStrict({ path, uid: LU }, machineOfLu());
  expect(yard.rights("home/.ssh/authorized_keys")).toBe(`644 ${LU}:${BOB}`);
});
