import { expect, test } from "bun:test";
import manifest from "../../package.json" with { type: "json" };
import { components } from "../../scripts/components.ts";
import { sbom } from "../../scripts/sbom.ts";

test("every dependency is among the components, with the words of its licence", () => {
  const inside = components();
  expect(inside.map(({ name }) => name)).toEqual(
    expect.arrayContaining([...Object.keys(manifest.dependencies), "Lua", "bun"]),
  );
  for (const { name, text } of inside) expect(`${name}: ${text.length > 200}`).toBe(`${name}: true`);
});

test("the SBOM names each component once, and the C library where one is carried", () => {
  const plain = JSON.parse(sbom("linux-x64", undefined));
  const portable = JSON.parse(sbom("linux-x64-portable", "2.36-9+deb12u14"));
  expect(plain).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    metadata: { component: { name: "sloth-runner" } },
  });
  expect(plain.components).toHaveLength(components().length);
  expect(portable.components).toHaveLength(plain.components.length + 1);
  expect(portable.components.at(-1)).toMatchObject({ purl: "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14" });
  expect(sbom("linux-x64", undefined)).toBe(sbom("linux-x64", undefined));
});
