import { join } from "node:path";
import { fullVersion, type LabPackage } from "./packages.ts";
import { stageFiles, writeStaged } from "./stage.ts";

const debArchitectures = ["amd64", "i386"] as const;

/** Stages the sources below `work` and answers the shell that makes an apt repository of them. */
export function stageDebs(work: string, packages: readonly LabPackage[], repository = "deb"): string {
  const lines = packages.map((item) => {
    const name = `${item.name}_${item.version}`;
    const tree = join(work, "src/deb", name);
    stageFiles(tree, item);
    writeStaged(join(tree, "DEBIAN/control"), control(item));
    if (item.conffiles !== undefined)
      writeStaged(join(tree, "DEBIAN/conffiles"), `${Object.keys(item.conffiles).join("\n")}\n`);
    const script = `#!/bin/sh\nset -e\n[ "$1" = configure ] || exit 0\n${item.postInstall ?? ""}`;
    writeStaged(join(tree, "DEBIAN/postinst"), script, 0o755);
    return `dpkg-deb --root-owner-group -Znone --build src/deb/${name} ${repository}/pool/`;
  });
  const indexes = debArchitectures.flatMap((architecture) => {
    const directory = `dists/lab/main/binary-${architecture}`;
    return [`mkdir -p ${directory}`, `apt-ftparchive --arch ${architecture} packages pool > ${directory}/Packages`];
  });
  const release = [
    "-o APT::FTPArchive::Release::Suite=lab",
    "-o APT::FTPArchive::Release::Components=main",
    `-o APT::FTPArchive::Release::Architectures="${debArchitectures.join(" ")}"`,
  ];
  return [
    `mkdir -p ${repository}/pool`,
    ...lines,
    `cd ${repository}`,
    ...indexes,
    `apt-ftparchive ${release.join(" ")} release dists/lab > Release.new`,
    "mv Release.new dists/lab/Release",
    "cd ..",
  ].join("\n");
}

function control(item: LabPackage): string {
  const fields: Record<string, string | undefined> = {
    Package: item.name,
    Version: fullVersion(item),
    Architecture: item.foreign === true ? "i386" : "amd64",
    "Multi-Arch": item.foreign === true ? "foreign" : undefined,
    Maintainer: "lab <lab@example.org>",
    Depends: item.depends?.join(", "),
    Conflicts: item.conflicts?.join(", "),
    Provides: item.provides?.join(", "),
    Description: `${item.name} of the lab`,
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `${lines.map(([key, value]) => `${key}: ${value}`).join("\n")}\n`;
}
