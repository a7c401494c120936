import { describe, expect } from "bun:test";
import * as fs from "node:fs";
import { asRoot } from "../support/needs-root.ts";
import { siteIn, type Site } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { LU, SECRET } from "./_yard.ts";

/** LU's home with a directory and a file of his that root's workflow takes over. */
async function taken(): Promise<Site> {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("home/d"), { recursive: true });
  fs.mkdirSync(here.at("crown"), { mode: 0o700 });
  fs.writeFileSync(here.at("home/f"), "lu\n");
  for (const name of ["home", "home/d", "home/f"]) fs.chownSync(here.at(name), LU, LU);
  fs.chmodSync(here.at("home/d"), 0o777);
  const run = await here.run(`
    file_ops.directory{ path = "HERE/home/d", owner = "root", mode = "0700" }
    file_ops.attributes{ path = "HERE/home/f", owner = "root", mode = "0600" }
  `);
  expect(run).toMatchObject({ code: 0 });
  return here;
}

const owner = (here: Site, name: string): string => {
  const { uid, mode } = fs.lstatSync(here.at(name));
  return `${uid} ${(mode & 0o7777).toString(8)}`;
};

describe("undo gives back what was taken over, and nothing that was put in its place", () => {
  asRoot("it was left where it was", async () => {
    const here = await taken();
    expect(await here.stack("drift")).toMatchObject({ stdout: expect.stringContaining("2 as left") });
    expect(await here.stack("destroy", "--yes")).toMatchObject({ code: 0 });
    expect([owner(here, "home/d"), owner(here, "home/f")]).toEqual([`${LU} 777`, `${LU} 644`]);
  });

  asRoot("a link to what is root's", async () => {
    const here = await taken();
    for (const name of ["d", "f"]) {
      fs.renameSync(here.at(`home/${name}`), here.at(`home/${name}.gone`));
      fs.symlinkSync(here.at("crown"), here.at(`home/${name}`));
      fs.lchownSync(here.at(`home/${name}`), LU, LU);
    }
    expect(await here.stack("drift")).toMatchObject({ stdout: expect.stringContaining("2 unreadable") });
    for (const command of ["--yes", "--yes --force"]) expect((await here.stack("destroy", command)).code).toBe(1);
    expect(owner(here, "crown")).toBe("0 700");
  });

  asRoot("another directory and file of root's, moved there", async () => {
    const here = await taken();
    for (const name of ["d", "f"]) fs.renameSync(here.at(`home/${name}`), here.at(`home/${name}.gone`));
    fs.mkdirSync(here.at("home/d"), { mode: 0o700 });
    fs.writeFileSync(here.at("home/f"), SECRET, { mode: 0o600 });
    const dry = await here.stack("destroy", "--dry-run");
    expect(dry.stdout + dry.stderr).toContain("another one than was changed");
    for (const command of ["--yes", "--yes --force"]) expect((await here.stack("destroy", command)).code).toBe(1);
    expect([owner(here, "home/d"), owner(here, "home/f")]).toEqual(["0 700", "0 600"]);
  });
});
