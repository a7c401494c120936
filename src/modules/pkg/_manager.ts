import type { Argv, CommandResult, ReadSystem } from "../../system/system.ts";

export interface InstalledPackage {
  readonly version: string;
  /** "installed", or what the manager says of one whose installation was cut off or failed. */
  readonly status: string;
  /** The administrator keeps it as it is: `apt-mark hold`. */
  readonly held: boolean;
  /** Only what needs it keeps it: `apt-mark showauto`. undefined: this manager does not tell. */
  readonly automatic?: boolean | undefined;
  /** Found by its bare name, and of another architecture than the machine's own. */
  readonly foreign?: boolean | undefined;
}

export interface Installed {
  /** By name, or by name and architecture as the manager writes it. Of a kernel several versions may be installed. */
  find(name: string): readonly InstalledPackage[];
  /** Name of an installed package that provides this one, which is only virtual. */
  provider(name: string): Promise<string | undefined>;
  /** Whether only the configuration of it is there. */
  isLeft?(name: string): boolean;
}

/** What the index has of one name. */
export interface Offer {
  /** It can be installed by that name: as a package, or as something that the manager finds a package for. */
  readonly known: boolean;
  /** Of the package of that name, best first. */
  readonly versions: readonly string[];
  /** Packages of which the user has to choose one, where the name is virtual and the manager does not choose itself. */
  readonly choices: readonly string[];
  /** The name is not a package's but a group's, with these members. */
  readonly members?: readonly string[] | undefined;
}

export interface Request {
  readonly name: string;
  /** Exactly as the index has it. */
  readonly version?: string | undefined;
  /** What is installed now. */
  readonly from?: string | undefined;
  /** The path of the package itself, which is installed in the place of what the index has. */
  readonly file?: string | undefined;
}

/** What goes with a package that is removed. */
export interface Removal {
  /** Its configuration. */
  readonly purge?: boolean | undefined;
  /** What was installed for it, or for others, and nothing needs any more. */
  readonly autoremove?: boolean | undefined;
}

/** A package manager: how to ask it, and what to run. Names and versions were checked: none starts with `-`. */
export interface Manager {
  readonly name: "apt" | "dnf" | "zypper" | "pacman" | "apk";
  /** The whole installed set, in one look. */
  installed(target: ReadSystem): Promise<Installed>;
  offer(name: string, target: ReadSystem): Promise<Offer>;
  /** Installed packages that the index has a better version of, with that version. */
  upgrades(target: ReadSystem): Promise<ReadonlyMap<string, string>>;
  /** All names of the index, to find what was meant; where that is cheap. */
  names?(target: ReadSystem): Promise<readonly string[]>;
  /** What would be installed with these, and themselves; nothing where it could not be done. */
  wouldInstall(requests: readonly Request[], target: ReadSystem): Promise<readonly string[]>;
  /** What is installed and would be removed for these; nothing where the manager refuses to. */
  wouldDisplace?(requests: readonly Request[], target: ReadSystem): Promise<readonly string[]>;
  /** Whether the index has a package of that name for the machine's own architecture. */
  offersNative?(name: string, target: ReadSystem): Promise<boolean>;
  /** What would be removed with it, and itself. */
  wouldRemove(name: string, target: ReadSystem, how?: Removal): Promise<readonly string[]>;

  /** Directories below which the index is, and which of the files there are it. */
  readonly index: { readonly directories: readonly string[]; readonly files: RegExp };
  readonly refresh: Argv;
  /** What fetches the index of sources that have none yet, each alone where the manager can. */
  unfetched?(target: ReadSystem): readonly Argv[];
  install(requests: readonly Request[], target: ReadSystem): Promise<Argv>;
  /** What makes an installation take along what is recommended, or not. */
  recommends?(wanted: boolean): readonly string[];
  remove(names: readonly string[], how?: Removal): Argv;
  /** Files of a package that are not as it brought them, configuration left out. */
  damaged?(name: string, target: ReadSystem): Promise<readonly string[]>;
  /** Installs it again as it is. */
  reinstall?(requests: readonly Request[]): Argv;
  /** The same manager, for which these repositories count and those do not. */
  withRepositories?(enabled: readonly string[], disabled: readonly string[]): Manager;
  /** Marks packages as wanted for themselves, or as kept only by what needs them. */
  mark?(names: readonly string[], manual: boolean): Argv;
  readonly upgrade: Argv;
  /** What finishes an installation that was cut off; undefined when none was. */
  repair?(target: ReadSystem): Argv | undefined;

  readonly env?: { readonly [name: string]: string } | undefined;
  readonly lock: {
    readonly files: readonly string[];
    /** Said when another process has it. Groups `pid` and `program` where it tells who. */
    readonly message: RegExp;
    /** A file that is the lock by being there: one nobody has open was left by a manager that was killed. */
    readonly byPresence?: boolean | undefined;
  };
  /** Default: 0 alone. */
  succeeded?(result: CommandResult): boolean;
  /** Said, whatever the exit code, when a package's own script failed. */
  readonly scriptFailed: RegExp;
}
