import { SlothError } from "../../base/errors.ts";

/** What a symbolic mode starts from: the mode there is, or the one the system would give a new file. */
export interface ModeBase {
  readonly bits: number;
  readonly directory: boolean;
  readonly umask: number;
}

function isSymbolic(mode: string): boolean {
  return !/^[0-7]+$/.test(mode);
}

/**
 * Permission bits of "0644", "u=rw,go=r", "a+X", "g=u". `base` is asked only for symbolic ones. As in chmod(1): clauses act one after
 * the other; without a class the umask holds back what it masks; X means x for directories and for what anyone may execute already.
 */
export function resolveMode(mode: string, base: () => ModeBase): number {
  if (!isSymbolic(mode)) return octalBits(mode);
  const { bits, directory, umask } = base();
  let now = bits;
  for (const clause of mode.split(",")) {
    const [, who = "", actions = ""] = /^([ugoa]*)(.*)$/.exec(clause) ?? [];
    const classes = who === "" || who.includes("a") ? "ugo" : who;
    for (const [, operator, letters = ""] of actions.matchAll(/([-+=])([^-+=]*)/g)) {
      const before = now;
      const executes = directory || (before & 0o111) !== 0;
      for (const user of classes) {
        const all = permissionBits(user, letters, before, executes);
        const given = who === "" ? all & ~(umask & 0o777) : all;
        now = operator === "+" ? now | given : operator === "-" ? now & ~given : (now & ~owned(user)) | given;
      }
    }
  }
  return now;
}

function octalBits(mode: string): number {
  const bits = Number.parseInt(mode, 8);
  if (bits <= 0o7777) return bits;
  throw new SlothError("E_FIELD", `mode '${mode}' is larger than 7777`);
}

const shift: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const special: Readonly<Record<string, number>> = { u: 0o4000, g: 0o2000, o: 0o1000 };

/** The bits that `=` sets for a class: its rwx, and set-uid, set-gid or sticky. */
function owned(user: string): number {
  return (0o7 << (shift[user] ?? 0)) | (special[user] ?? 0);
}

function permissionBits(user: string, letters: string, before: number, executes: boolean): number {
  const place = shift[user] ?? 0;
  let bits = 0;
  for (const letter of letters) {
    if (letter === "r") bits |= 4 << place;
    else if (letter === "w") bits |= 2 << place;
    else if (letter === "x" || (letter === "X" && executes)) bits |= 1 << place;
    else if (letter === "s" && user !== "o") bits |= special[user] ?? 0;
    else if (letter === "t" && user === "o") bits |= 0o1000;
    else if (letter in shift) bits |= ((before >> (shift[letter] ?? 0)) & 7) << place;
  }
  return bits;
}
