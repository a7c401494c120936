import { describe, expect } from "bun:test";
import * as fs from "node:fs";
import { openHost } from "../../../src/system/host.ts";
import { asNobody, unprivileged } from "../../support/namespace.ts";
import { asRoot } from "../../support/needs-root.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const signal = new AbortController().signal;
const system = openHost({ mode: "apply" }).writer({ signal });
const bytes = (text: string): Uint8Array => Buffer.from(text);
const NOBODY = 65534;

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => error,
  );
}

/** A directory like /tmp, with something precious beside it. */
function sharedDirectory(): { shared: string; precious: string } {
  const root = temporaryDirectory();
  fs.mkdirSync(`${root}/shared`);
  fs.chmodSync(`${root}/shared`, 0o1777);
  fs.mkdirSync(`${root}/precious`);
  return { shared: `${root}/shared`, precious: `${root}/precious` };
}

describe("in a directory where everybody may write", () => {
  asRoot("a link that somebody planted in place of a directory is not followed", async () => {
    const { shared, precious } = sharedDirectory();
    fs.symlinkSync(precious, `${shared}/app`);
    fs.lchownSync(`${shared}/app`, NOBODY, NOBODY);
    expect(await failure(system.writeFile(`${shared}/app/f`, bytes("x"), {}))).toMatchObject({
      code: "E_ACCESS",
      message: `${shared}/app is a link of uid ${NOBODY} in a directory open to all`,
    });
    expect(() => system.mkdir(`${shared}/app/d`, {})).toThrow("open to all");
    expect(() => system.symlink("x", `${shared}/app/l`)).toThrow("open to all");
    expect(fs.readdirSync(precious)).toEqual([]);
  });

  asRoot("a plan says so before", async () => {
    const { shared, precious } = sharedDirectory();
    fs.symlinkSync(precious, `${shared}/app`);
    fs.lchownSync(`${shared}/app`, NOBODY, NOBODY);
    const plan = openHost({ mode: "plan" }).writer({ signal });
    await plan.writeFile(`${precious}/f`, bytes("x"), {});
    for (const machine of [system, plan]) {
      expect(await failure(machine.writeFile(`${shared}/app/f`, bytes("x"), {}))).toMatchObject({ code: "E_ACCESS" });
      expect(() => machine.chmod(`${shared}/app/f`, 0o777)).toThrow("open to all");
      expect(() => machine.chown(`${shared}/app/f`, "nobody", undefined)).toThrow("open to all");
      expect(() => machine.rename(`${shared}/app/f`, `${shared}/g`)).toThrow("open to all");
      expect(() => machine.unlink(`${shared}/app/f`)).toThrow("open to all");
      expect(await failure(machine.removeTree(`${shared}/app/f`))).toMatchObject({ code: "E_ACCESS" });
    }
  });

  asRoot("a link of our own may have been moved there, so it is not followed either", async () => {
    const { shared, precious } = sharedDirectory();
    fs.symlinkSync("../precious", `${shared}/ours`);
    expect(await failure(system.writeFile(`${shared}/ours/f`, bytes("x"), {}))).toMatchObject({ code: "E_ACCESS" });
    expect(fs.readdirSync(precious)).toEqual([]);
  });

  asRoot(
    "our own links below a directory of ours are followed, relative and absolute ones one after the other",
    async () => {
      const { shared, precious } = sharedDirectory();
      fs.mkdirSync(`${precious}/deep`);
      fs.mkdirSync(`${shared}/own`);
      fs.symlinkSync("../../precious", `${shared}/own/ours`);
      fs.symlinkSync(`${precious}/deep`, `${precious}/again`);
      await system.writeFile(`${shared}/own/ours/again/f`, bytes("x"), {});
      expect(fs.readdirSync(`${precious}/deep`)).toEqual(["f"]);
    },
  );

  asRoot("a planted file or link at the path itself is replaced, not written into", async () => {
    const { shared, precious } = sharedDirectory();
    fs.writeFileSync(`${precious}/f`, "precious");
    fs.symlinkSync(`${precious}/f`, `${shared}/link`);
    fs.linkSync(`${precious}/f`, `${shared}/hard`);
    await system.writeFile(`${shared}/link`, bytes("x"), { mode: 0o600 });
    await system.writeFile(`${shared}/hard`, bytes("x"), { mode: 0o600 });
    expect(fs.readFileSync(`${precious}/f`, "utf8")).toBe("precious");
    expect(fs.lstatSync(`${shared}/link`).isFile()).toBe(true);
  });
});

asRoot("a user's link leads root into what is theirs, and not into what is not", async () => {
  const root = temporaryDirectory();
  for (const name of ["home", "theirs", "roots"]) fs.mkdirSync(`${root}/${name}`);
  for (const name of ["home", "theirs"]) fs.chownSync(`${root}/${name}`, NOBODY, NOBODY);
  for (const name of ["theirs", "roots"]) {
    fs.symlinkSync(`../${name}`, `${root}/home/${name}`);
    fs.lchownSync(`${root}/home/${name}`, NOBODY, NOBODY);
  }
  await system.writeFile(`${root}/home/theirs/f`, bytes("x"), {});
  expect(await failure(system.writeFile(`${root}/home/roots/f`, bytes("x"), {}))).toMatchObject({
    code: "E_ACCESS",
    message: `${root}/home/roots is a link of uid ${NOBODY} to a directory of uid 0`,
  });
  expect([fs.readdirSync(`${root}/theirs`), fs.readdirSync(`${root}/roots`)]).toEqual([["f"], []]);
});

asRoot("links that lead in a circle are an error, not a hang", async () => {
  const root = temporaryDirectory();
  fs.symlinkSync("b", `${root}/a`);
  fs.symlinkSync("a", `${root}/b`);
  expect(await failure(system.writeFile(`${root}/a/f`, bytes("x"), {}))).toMatchObject({ code: "E_LOOP" });
});

asRoot("a directory swapped for a link while a file in it is written does not lead the file away", async () => {
  const root = temporaryDirectory();
  fs.mkdirSync(`${root}/dir`);
  fs.mkdirSync(`${root}/precious`);
  const contents = (async function* () {
    yield bytes("first ");
    await Promise.resolve();
    fs.renameSync(`${root}/dir`, `${root}/moved`);
    fs.symlinkSync("precious", `${root}/dir`);
    yield bytes("second");
  })();
  await system.writeFile(`${root}/dir/f`, contents, {});
  expect(fs.readdirSync(`${root}/precious`)).toEqual([]);
  expect(fs.readFileSync(`${root}/moved/f`, "utf8")).toBe("first second");
});

asRoot("a directory swapped for a link while its tree is removed does not lead the removal away", async () => {
  const root = temporaryDirectory();
  fs.mkdirSync(`${root}/tree/inner`, { recursive: true });
  fs.mkdirSync(`${root}/precious`);
  fs.writeFileSync(`${root}/precious/f`, "");
  for (let i = 0; i < 1200; i++) fs.writeFileSync(`${root}/tree/inner/${i}`, "");
  const removal = failure(system.removeTree(`${root}/tree`));
  fs.renameSync(`${root}/tree/inner`, `${root}/taken`);
  fs.symlinkSync("../precious", `${root}/tree/inner`);
  await removal;
  expect(fs.readdirSync(`${root}/precious`)).toEqual(["f"]);
});

describe("who is not root", () => {
  const setup = (): string => {
    const root = temporaryDirectory();
    fs.mkdirSync(`${root}/roots`);
    fs.writeFileSync(`${root}/roots/f`, "old");
    fs.mkdirSync(`${root}/mine`);
    fs.chownSync(`${root}/mine`, NOBODY, NOBODY);
    fs.writeFileSync(`${root}/mine/roots`, "old");
    fs.chmodSync(`${root}/mine/roots`, 0o4755);
    fs.mkdirSync(`${root}/hidden`, { mode: 0o700 });
    fs.mkdirSync(`${root}/shared`);
    fs.chmodSync(`${root}/shared`, 0o1777);
    fs.writeFileSync(`${root}/shared/roots`, "old");
    return root;
  };

  unprivileged("is refused in plan what a run would refuse, in the same words, and told what is missing", async () => {
    const told = await asNobody(
      `const said = [];
       for (const machine of [plan, system]) {
         const attempts = [
           () => machine.writeFile(root + "/roots/f", bytes("x"), {}),
           () => machine.writeFile(root + "/roots/new", bytes("x"), {}),
           () => machine.writeFile(root + "/mine/f", bytes("x"), { owner: "root" }),
           () => machine.mkdir(root + "/roots/d", {}),
           () => machine.chmod(root + "/roots/f", 0o600),
           () => machine.chown(root + "/mine/roots", "nobody", undefined),
           () => machine.unlink(root + "/shared/roots"),
           () => machine.rename(root + "/roots/f", root + "/mine/f"),
           () => machine.symlink("x", root + "/shared/roots"),
           () => machine.lstat(root + "/hidden/f"),
         ];
         said.push(await Promise.all(attempts.map((attempt) => failure((async () => attempt())()))));
       }
       tell(said);`,
      setup(),
    );
    const [planned, done] = told as [readonly string[], readonly string[]];
    expect(planned).toEqual(done);
    expect(done[0]).toBe("E_ACCESS: cannot write BASE/roots/f: permission denied");
    expect(done).toHaveLength(10);
    for (const message of done) expect(message).toStartWith("E_ACCESS: ");
  });

  unprivileged("owns what they replace in a directory of theirs, without its set-uid bit", async () => {
    const told = await asNobody(
      `for (const machine of [plan, system]) await machine.writeFile(root + "/mine/roots", bytes("new"), {});
       const { uid, mode } = system.lstat(root + "/mine/roots");
       const predicted = plan.lstat(root + "/mine/roots");
       tell([uid, mode, predicted.uid, predicted.mode]);`,
      setup(),
    );
    expect(told).toEqual([NOBODY, 0o755, NOBODY, 0o755]);
  });

  unprivileged("cannot run a command as somebody else", async () => {
    const told = await asNobody(`tell(await failure(system.run(["true"], { user: "root" })));`, setup());
    expect(told).toBe(`E_ACCESS: cannot run a command as 'root': we are uid ${NOBODY}`);
  });
});
