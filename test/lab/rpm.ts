import { join } from "node:path";
import type { LabPackage } from "./packages.ts";
import { stageFiles, writeStaged } from "./stage.ts";

/** Stages the sources below `work` and answers the shell that makes an rpm-md repository of them in `rpm/`. */
export function stageRpms(work: string, packages: readonly LabPackage[]): string {
  const lines = [...packages, shell].map((item) => {
    const name = `${item.name}_${item.version}`;
    stageFiles(join(work, "src/rpm", name), item);
    writeStaged(join(work, `src/rpm/${name}.spec`), spec(item, `/mnt/src/rpm/${name}`));
    const target = item.foreign === true ? "i386" : "x86_64";
    return `rpmbuild --quiet -bb --target ${target} --define "_topdir /mnt/src/rpm/build" --define "_rpmdir /mnt/rpm" src/rpm/${name}.spec`;
  });
  return ["mkdir -p rpm", ...lines, "createrepo_c --quiet rpm"].join("\n");
}

/** rpm lets every script require its interpreter, and no rpm brought the one that is there. */
const shell: LabPackage = {
  name: "lab-shell",
  version: "1.0",
  provides: ["/bin/sh"],
  files: { "/usr/share/lab-shell": "" },
};

function spec(item: LabPackage, tree: string): string {
  const tags: Record<string, string | undefined> = {
    Name: item.name,
    Epoch: item.epoch,
    Version: item.version,
    Release: item.revision ?? "1",
    Summary: `${item.name} of the lab`,
    License: "MIT",
    Requires: item.depends?.join(", "),
    Conflicts: item.conflicts?.join(", "),
    Provides: item.provides?.join(", "),
    AutoReqProv: "no",
  };
  const head = Object.entries(tags).filter(([, value]) => value !== undefined);
  return [
    "%define __os_install_post %{nil}",
    "%define debug_package %{nil}",
    "%define _build_id_links none",
    ...head.map(([tag, value]) => `${tag}: ${value}`),
    `%description\n${item.name}`,
    `%install\nmkdir -p %{buildroot}\ncp -a ${tree}/. %{buildroot}/`,
    item.postInstall === undefined ? "" : `%post\n${item.postInstall}`,
    "%files",
    ...Object.keys(item.files),
    ...Object.keys(item.conffiles ?? {}).map((path) => `%config(noreplace) ${path}`),
    "",
  ].join("\n");
}
