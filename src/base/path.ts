/** The directory a path is in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** Its last name, also with a trailing slash. */
export function nameIn(path: string): string {
  const whole = path.replace(/\/+$/, "");
  return whole.slice(whole.lastIndexOf("/") + 1);
}

export function joined(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** Whether it is that directory or in it, however deep; both are normal. */
export function isBelow(path: string, directory: string): boolean {
  return path === directory || directory === "/" || path.startsWith(`${directory}/`);
}

/** A path seen from a directory, absolute and normal. */
export function pathFrom(directory: string, path: string): string {
  return normalPath(path.startsWith("/") ? path : `${directory}/${path}`);
}

/** Without `.`, `..`, doubled and trailing slashes; `..` is taken by name, links are not looked at. */
export function normalPath(input: string): string {
  if (input.startsWith("/") && !UNTIDY.test(input)) return input;
  const kept: string[] = [];
  for (const part of input.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return `/${kept.join("/")}`;
}

/** What a normal path has not; `/` alone ends with its slash and may. */
const UNTIDY = /\/(?:\.{0,2}(?:\/|$))/;
