import { TemplateFailure } from "./failure.ts";
import type { Filter } from "./given.ts";
import { items, textOf } from "./values.ts";

/** Filters of Ansible that take paths for texts; none looks at a machine. */
export const PATH_FILTERS: Readonly<Record<string, Filter>> = {
  basename: (value) => textOf(value).replace(/^[^]*\//, ""),
  commonpath: (value) => commonPath(Array.isArray(value) ? items(value).map(textOf) : []),
  dirname: (value) => {
    const directory = textOf(value).replace(/[^/]*$/, "");
    return /^\/*$/.test(directory) ? directory : directory.replace(/\/+$/, "");
  },
  normpath: (value) => normal(textOf(value)),
  path_join: (value) => (typeof value === "string" ? value : joined(Array.isArray(value) ? value.map(textOf) : [])),
  relpath: (value, given) => relative(textOf(value), given.text(0, "start")),
  splitext: (value) =>
    /^([^]*?(?:^|\/)\.*[^./][^/]*?)(\.[^./]*)?$/
      .exec(textOf(value))
      ?.slice(1)
      .map((part) => part ?? "") ?? ["", ""],
  win_basename: (value) => windowsRest(textOf(value)).replace(/^[^]*[\\/]/, ""),
  win_dirname: (value) => {
    const [drive, rest] = windowsParts(textOf(value));
    const directory = rest.replace(/[^\\/]*$/, "");
    return drive + (/^[\\/]*$/.test(directory) ? directory : directory.replace(/[\\/]+$/, ""));
  },
  win_splitdrive: (value) => windowsParts(textOf(value)),
};

function joined(parts: readonly string[]): string {
  const [first, ...others] = parts;
  if (first === undefined) throw new TemplateFailure("needs at least one part");
  const join = (path: string, part: string): string =>
    part.startsWith("/") ? part : path === "" || path.endsWith("/") ? path + part : `${path}/${part}`;
  return others.reduce(join, first);
}

/** As Python has it: two leading slashes stay, three are one. */
function normal(path: string): string {
  const root = /^\/\/(?!\/)/.test(path) ? "//" : path.startsWith("/") ? "/" : "";
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (kept.length === 0 && root === "") || kept.at(-1) === "..") kept.push(part);
    else kept.pop();
  }
  return root + kept.join("/") || ".";
}

function relative(path: string, start: string): string {
  if (path === "") throw new TemplateFailure("needs a path");
  if (path.startsWith("/") !== start.startsWith("/"))
    throw new TemplateFailure("needs two absolute paths, or two that begin at the same place");
  const [to, from] = [path, start].map((one) =>
    normal(one)
      .split("/")
      .filter((part) => part !== "" && part !== "."),
  );
  const [steps, base] = [to ?? [], from ?? []];
  let same = 0;
  while (same < Math.min(steps.length, base.length) && steps[same] === base[same]) same++;
  return [...base.slice(same).map(() => ".."), ...steps.slice(same)].join("/") || ".";
}

function commonPath(paths: readonly string[]): string {
  if (paths.length === 0) throw new TemplateFailure("needs a list of paths");
  const rooted = paths.filter((path) => path.startsWith("/")).length;
  if (rooted !== 0 && rooted !== paths.length) throw new TemplateFailure("absolute and other paths share nothing");
  const split = paths.map((path) => path.split("/").filter((part) => part !== "" && part !== "."));
  const [first = [], ...others] = split;
  const ends = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (rooted > 0 ? "/" : "") + first.slice(0, ends === -1 ? undefined : ends).join("/");
}

/** `C:` or `\\\\host\\share`, and the rest. */
function windowsParts(path: string): [drive: string, rest: string] {
  const drive = /^(?:[\\/]{2}[^\\/]+[\\/][^\\/]+(?=[\\/]|$)|[^]:)/.exec(path)?.[0] ?? "";
  return [drive, path.slice(drive.length)];
}

function windowsRest(path: string): string {
  return windowsParts(path)[1];
}
