import { components, type Component } from "./components.ts";

const INTRODUCTION = `sloth-runner is under the MIT licence (LICENSE). Inside it are the works below.
A portable build (linux-x64-portable, linux-arm64-portable) also carries, unchanged, the files of Debian's package libc6:
the GNU C Library, LGPL-2.1-or-later, source at https://sources.debian.org/src/glibc/ by the version that its SBOM names.`;

/** LICENSES.txt, which `sloth-runner version --licenses` prints. */
export function licenses(): string {
  const byText = Map.groupBy(components(), ({ text }) => text);
  return (
    [INTRODUCTION, ...[...byText].map(([text, them]) => section(them, text))].join(`\n\n${"=".repeat(100)}\n\n`) + "\n"
  );
}

/** Works whose licences are the same to the letter share it. */
function section(them: readonly Component[], text: string): string {
  const names = them.map(({ name, version, license }) => `${name} ${version ?? ""} (${license})`);
  return `${names.join("\n")}\n\n${text}`;
}
