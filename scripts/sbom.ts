import manifest from "../package.json" with { type: "json" };
import { components } from "./components.ts";

/** What a build is made of, in CycloneDX 1.5. No time and no serial number: the same commit gives the same document. */
export function sbom(target: string, glibcVersion: string | undefined): string {
  const inside = components().map(({ name, version, license, purl }) => ({
    type: name === "bun" ? "platform" : "library",
    "bom-ref": purl ?? `${name}@${version}`,
    name,
    version,
    licenses: [{ license: { name: license } }],
    purl,
  }));
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `pkg:generic/${manifest.name}@${manifest.version}`,
        name: manifest.name,
        version: manifest.version,
        licenses: [{ license: { name: manifest.license } }],
        properties: [{ name: "target", value: target }],
      },
    },
    components: glibcVersion === undefined ? inside : [...inside, glibc(glibcVersion)],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function glibc(version: string) {
  const purl = `pkg:deb/debian/libc6@${version.replace("+", "%2B")}`;
  const licenses = [{ license: { name: "LGPL-2.1-or-later" } }];
  return { type: "library", "bom-ref": purl, name: "libc6", version, licenses, purl };
}
