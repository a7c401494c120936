import type { Installed, InstalledPackage } from "./_manager.ts";

/**
 * Parses dpkg's own record. `native` is the machine's architecture, undefined when it has only one: packages of that one are found by
 * name alone, others by `name:architecture`, and by name alone as foreign when there is no native one of that name. `automatic`: names
 * with their architectures of what was only installed for others.
 */
export function parseDpkgStatus(
  status: string,
  native?: string,
  automatic: ReadonlySet<string> = new Set(),
): Installed {
  const packages = new Map<string, InstalledPackage>();
  const add = (key: string, item: InstalledPackage, wins: boolean): void => {
    if (wins || !packages.has(key)) packages.set(key, item);
  };
  const paragraphs = status.split("\n\n");
  for (const paragraph of paragraphs) {
    const found = packageOf(paragraph);
    if (found === undefined) continue;
    const name = field(paragraph, "Package");
    const architecture = field(paragraph, "Architecture");
    const isNative = native === undefined || architecture === native || architecture === "all";
    const item = { ...found, automatic: automatic.has(`${name}:${architecture}`) };
    add(name, isNative ? item : { ...item, foreign: true }, isNative);
    add(`${name}:${architecture}`, item, true);
  }
  return {
    find(name) {
      const item = packages.get(name);
      return item === undefined ? [] : [item];
    },
    isLeft(name) {
      const left = paragraphs.filter((paragraph) => field(paragraph, "Package") === name.split(":")[0]);
      return left.some((paragraph) => field(paragraph, "Status").endsWith(" config-files"));
    },
    provider: async (name) => {
      const provider = paragraphs.find((paragraph) => provides(paragraph, name));
      return provider === undefined ? undefined : field(provider, "Package");
    },
  };
}

/** Packages that apt has recorded as automatic: `name:architecture`. What is of all architectures stands there with the machine's own. */
export function parseExtendedStates(states: string): ReadonlySet<string> {
  const automatic = states.split("\n\n").filter((paragraph) => field(paragraph, "Auto-Installed") === "1");
  return new Set(
    automatic.flatMap((paragraph) => {
      const name = field(paragraph, "Package");
      return [`${name}:${field(paragraph, "Architecture")}`, `${name}:all`];
    }),
  );
}

/** Of what is at least unpacked: one removed with its configuration kept (`rc`) is not there. */
function packageOf(paragraph: string): InstalledPackage | undefined {
  const [wanted, flag, state = ""] = field(paragraph, "Status").split(" ");
  if (state === "" || state === "not-installed" || state === "config-files") return undefined;
  const whole = flag === "ok" && WHOLE.has(state);
  return { version: field(paragraph, "Version"), status: whole ? "installed" : state, held: wanted === "hold" };
}

/** Also while another package's trigger is still to be run. */
const WHOLE = new Set(["installed", "triggers-awaited", "triggers-pending"]);

function provides(paragraph: string, name: string): boolean {
  const listed = field(paragraph, "Provides");
  if (!listed.includes(name) || packageOf(paragraph)?.status !== "installed") return false;
  return listed.split(",").some((item) => item.trim().split(/[ :(]/)[0] === name);
}

function field(paragraph: string, name: string): string {
  const key = `\n${name}: `;
  const found = paragraph.startsWith(key.slice(1)) ? -1 : paragraph.indexOf(key);
  if (found === -1 && !paragraph.startsWith(key.slice(1))) return "";
  const start = found + key.length;
  const end = paragraph.indexOf("\n", start);
  return paragraph.slice(start, end === -1 ? undefined : end);
}
