import { readFileSync, readdirSync } from "node:fs";
import lock from "../package-lock.json" with { type: "json" };
import manifest from "../package.json" with { type: "json" };

/** One thing that is inside the program. */
export interface Component {
  readonly name: string;
  readonly version: string | undefined;
  /** As SPDX writes it, or in words. */
  readonly license: string;
  /** Its words, to be handed on with every copy. */
  readonly text: string;
  /** Package URL, where there is one. */
  readonly purl: string | undefined;
}

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Authors {
  readonly author?: string | { readonly name: string };
  readonly contributors?: readonly (string | { readonly name: string })[];
}

const locked: Readonly<Record<string, Locked>> = lock.packages;

/** Everything in a build but the C library that a portable one carries: the packages, what is in them, and Bun with what is in it. */
export function components(): readonly Component[] {
  return [...packages().map(npmPackage), lua(), bun()];
}

/** The packages that the program needs when it runs, and those that they need. Types leave nothing in it. */
function packages(): readonly string[] {
  const names = new Set<string>();
  const visit = (dependencies: Readonly<Record<string, string>>): void => {
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith("@types/") || names.has(name)) continue;
      names.add(name);
      visit(locked[`node_modules/${name}`]?.dependencies ?? {});
    }
  };
  visit(manifest.dependencies);
  return [...names].sort();
}

function npmPackage(name: string): Component {
  const directory = `node_modules/${name}`;
  const { version, license } = locked[directory] ?? {};
  const file = readdirSync(directory).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (version === undefined || license === undefined) throw new Error(`${name}: not in package-lock.json`);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const text = file === undefined ? mitOf(name, license) : readFileSync(`${directory}/${file}`, "utf8").trim();
  return { name, version, license, purl, text };
}

/** A package without a file of it: the usual words, with who made it. */
function mitOf(name: string, license: string): string {
  const { author, contributors = [] }: Authors = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  if (license !== "MIT" || author === undefined) throw new Error(`${name}: no licence found`);
  return `Copyright (c) ${[author, ...contributors].map(nameOf).join(", ")}\n\n${mit()}`;
}

function nameOf(author: string | { readonly name: string }): string {
  return typeof author === "string" ? author : author.name;
}

/** wasmoon's own licence says nothing of the Lua that it brings. */
function lua(): Component {
  return {
    name: "Lua",
    version: "5.4",
    license: "MIT",
    purl: undefined,
    text: `Copyright (C) 1994-2023 Lua.org, PUC-Rio.\n\n${mit()}`,
  };
}

/** Bun's page lists what is linked into it, and how its parts under the LGPL are exchanged. */
function bun(): Component {
  const version = manifest.devDependencies.bun;
  const page = readFileSync("node_modules/bun-types/docs/project/license.mdx", "utf8");
  const text = page.replace(/^---\n.*?\n---\n/s, "").trim();
  return { name: "bun", version, license: "MIT", purl: `pkg:npm/bun@${version}`, text };
}

function mit(): string {
  return readFileSync("LICENSE", "utf8").split("\n\n").slice(2).join("\n\n").trim();
}
