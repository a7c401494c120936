import { utf8Text } from "../base/byte-text.ts";
import { printablePath } from "../base/path-text.ts";
import { SlothError } from "../base/errors.ts";
import type { Attributes, WriteRequest } from "./files/files.ts";
import type { Host } from "./host.ts";
import type { OnTouch, Touch } from "./system.ts";
import { HeldPlace, type ChangingCaller } from "./held.ts";
import { Reader } from "./reader.ts";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  Contents,
  FileAttributes,
  Look,
  Place,
  System,
  WalkOptions,
  WriteOptions,
} from "./system.ts";

/** One call's hands on a host. */
export class Writer extends Reader implements System, ChangingCaller {
  private readonly onTouch: OnTouch | undefined;

  constructor(machine: Host, signal: AbortSignal, sensitive: boolean, onTouch?: OnTouch) {
    super(machine, signal, sensitive);
    this.onTouch = onTouch;
  }

  place(path: string, { follow = false }: WalkOptions = {}, verb?: string): Place {
    return new HeldPlace(this.machine.files.place(path, follow, verb), this);
  }

  async writeFile(path: string, contents: Contents, options: WriteOptions): Promise<void> {
    using place = this.place(path, {}, "write");
    await place.writeFile(contents, options);
  }

  mkdir(path: string, attributes: FileAttributes): void {
    using place = this.place(path, {}, "make the directory");
    place.mkdir(attributes);
  }

  chmod(path: string, mode: number): void {
    using place = this.place(path, {}, "change the mode of");
    place.chmod(mode);
  }

  chown(path: string, owner: string | undefined, group: string | undefined): void {
    using place = this.place(path, {}, "change the owner of");
    place.chown(owner, group);
  }

  utimes(path: string, atimeMs: number, mtimeMs: number): void {
    using place = this.place(path, {}, "set the times of");
    place.utimes(atimeMs, mtimeMs);
  }

  symlink(target: string, path: string, owner: Pick<FileAttributes, "owner" | "group"> = {}): void {
    using place = this.place(path, {}, "make the link");
    place.symlink(target, owner);
  }

  hardlink(existing: string, path: string, { follow = false }: WalkOptions = {}): void {
    this.touchingAt(path);
    if (this.onTouch !== undefined) {
      using end = this.look(existing, { follow });
      this.onTouch(end, "name");
    }
    this.machine.files.hardlink(existing, path, follow);
  }

  rename(from: string, to: string): void {
    this.touchingAt(from);
    this.touchingAt(to);
    this.machine.files.rename(from, to);
  }

  unlink(path: string): void {
    using place = this.place(path, {}, "remove");
    place.unlink();
  }

  async removeTree(path: string): Promise<void> {
    using place = this.place(path, {}, "remove");
    await place.removeTree();
  }

  async run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    if (this.machine.mode === "plan") return this.notRun(argv);
    try {
      return await this.machine.ground.run(argv, options, this.commandCall());
    } finally {
      this.machine.changed();
    }
  }

  private notRun(argv: Argv): CommandResult {
    const title = this.sensitive ? argv[0] : argv.join(" ");
    this.machine.noteUnknown(`\`${printablePath(title)}\` was not run`);
    return { exitCode: 0, stdout: new Uint8Array(), stderr: new Uint8Array() };
  }

  request(options: WriteOptions, path: string): WriteRequest {
    const { validate, digest, backup = false, times } = options;
    return {
      ...this.attributes(options),
      signal: this.signal,
      digest,
      key: this.machine.key,
      backup,
      times,
      validate: validate === undefined ? undefined : (temporary) => this.validate(validate, temporary, path),
    };
  }

  attributes({ mode, owner, group }: FileAttributes): Attributes {
    return {
      mode,
      uid: owner === undefined ? undefined : this.accountId("user", owner, (name) => this.userId(name)),
      gid: group === undefined ? undefined : this.accountId("group", group, (name) => this.groupId(name)),
    };
  }

  touching(place: Look, how: Touch = "whole"): void {
    this.onTouch?.(place, how);
  }

  private touchingAt(path: string): void {
    if (this.onTouch === undefined) return;
    using place = this.place(path);
    this.touching(place);
  }

  private accountId(kind: "user" | "group", account: string, find: (name: string) => number | null): number {
    const id = /^\d+$/.test(account) ? Number(account) : find(account);
    if (id !== null) return id;
    const reason = this.unknownBecause({ kind, name: account });
    if (reason !== undefined) throw new SlothError("E_UNKNOWN", `there is no ${kind} '${account}', and ${reason}`);
    const error = new SlothError(`E_UNKNOWN_${kind.toUpperCase()}`, `there is no ${kind} '${account}' on this machine`);
    throw Object.assign(error, { isCertain: true });
  }

  private async validate(argv: Argv, temporary: string, path: string): Promise<void> {
    const [program, ...rest] = argv.map((argument) => argument.replaceAll("%s", () => temporary));
    const result = await this.machine.ground.query([program ?? "", ...rest], {}, this.commandCall());
    if (result.exitCode === 0) return;
    const said = this.sensitive ? "" : (utf8Text(result.stderr).trim() || utf8Text(result.stdout).trim()).slice(-2000);
    const what = `validation of ${printablePath(path)} failed: ${argv[0]} ended with ${result.exitCode}`;
    throw new SlothError("E_VALIDATE", said === "" ? what : `${what}: ${said.replaceAll(temporary, path)}`, {
      hint: "the old file is still in place",
    });
  }
}
