import { join } from "node:path";
import { fullVersion, type LabPackage } from "./packages.ts";
import { stageFiles, writeStaged } from "./stage.ts";

/** Stages the sources below `work` and answers the shell that makes a pacman repository of them in `pacman/`. */
export function stagePacmanPackages(work: string, packages: readonly LabPackage[]): string {
  const built = packages.map((item) => {
    const name = `${item.name}-${fullVersion(item)}-${architecture(item)}.pkg.tar.zst`;
    const tree = join(work, "src/pacman", name);
    stageFiles(tree, item);
    writeStaged(join(tree, ".PKGINFO"), pkginfo(item));
    if (item.postInstall !== undefined) writeStaged(join(tree, ".INSTALL"), installScript(item.postInstall));
    return {
      name,
      line: `(cd "src/pacman/${name}" && bsdtar --zstd --uid 0 --gid 0 -cf "../../../pacman/${name}" .[A-Z]* *)`,
    };
  });
  const named = (items: readonly { readonly name: string }[]): string =>
    items.map(({ name }) => `"pacman/${name}"`).join(" ");
  // An index holds one version of each, the last one added.
  return [
    "mkdir -p pacman",
    ...built.map(({ line }) => line),
    `repo-add --quiet pacman/lab.db.tar.gz ${named(built)}`,
    `repo-add --quiet pacman/lab-old.db.tar.gz ${named(built.toReversed())}`,
  ].join("\n");
}

function architecture(item: LabPackage): string {
  return item.foreign === true ? "i686" : "x86_64";
}

function pkginfo(item: LabPackage): string {
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ["pkgname", item.name],
    ["pkgver", fullVersion(item)],
    ["pkgdesc", `${item.name} of the lab`],
    ["arch", architecture(item)],
    ["size", "1"],
    ...(item.depends ?? []).map((name) => ["depend", name] as const),
    ...(item.conflicts ?? []).map((name) => ["conflict", name] as const),
    ...(item.groups ?? []).map((name) => ["group", name] as const),
    ...(item.provides ?? []).map((name) => ["provides", name] as const),
    ...Object.keys(item.conffiles ?? {}).map((path) => ["backup", path.slice(1)] as const),
  ];
  return `${pairs.map(([key, value]) => `${key} = ${value}`).join("\n")}\n`;
}

function installScript(body: string): string {
  return `post_install() {\n${body}}\npost_upgrade() {\npost_install\n}\n`;
}
