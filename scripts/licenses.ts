import { components, type Component } from "./components.ts";

const INTRODUCTION = `sloth-runner is under the MIT licence (LICENSE). Inside it are the works below.
A portable build (linux-x64-portable, linux-arm64-portable) also carries, unchanged, the files of Debian's package libc6:
the GNU C Library, LGPL-2.1-or-later, source at https://sources.debian.org/src/glibc/ by the version that its SBOM names.`;

/** LICENSES.txt, which `sloth-runner version --licenses` prints. */
export function licenses(): string {
  return [INTRODUCTION, ...components().map(section)].join(`\n\n${"=".repeat(100)}\n\n`) + "\n";
}

function section({ name, version, license, text }: Component): string {
  return `${name} ${version ?? ""} (${license})\n\n${text}`;
}
