import { utf8Text } from "../base/byte-text.ts";
import { printablePath } from "../base/path-text.ts";
import { SlothError } from "../base/errors.ts";
import type { Attributes } from "./files/files.ts";
import { Reader } from "./reader.ts";
import type { Argv, CommandOptions, CommandResult, Contents, FileAttributes, System, WriteOptions } from "./system.ts";

/** One call's hands on a host. */
export class Writer extends Reader implements System {
  async writeFile(path: string, contents: Contents, options: WriteOptions): Promise<void> {
    const { validate, digest, backup = false } = options;
    await this.machine.files.writeFile(path, contents, {
      ...this.attributes(options),
      signal: this.signal,
      digest,
      key: this.machine.key,
      backup,
      validate: validate === undefined ? undefined : (temporary) => this.validate(validate, temporary, path),
    });
  }

  mkdir(path: string, attributes: FileAttributes): void {
    this.machine.files.mkdir(path, this.attributes(attributes));
  }

  chmod(path: string, mode: number): void {
    this.machine.files.chmod(path, mode);
  }

  chown(path: string, owner: string | undefined, group: string | undefined): void {
    const { uid, gid } = this.attributes({ owner, group });
    this.machine.files.chown(path, uid, gid);
  }

  utimes(path: string, atimeMs: number, mtimeMs: number): void {
    this.machine.files.utimes(path, atimeMs, mtimeMs);
  }

  symlink(target: string, path: string): void {
    this.machine.files.symlink(target, path);
  }

  hardlink(existing: string, path: string): void {
    this.machine.files.hardlink(existing, path);
  }

  rename(from: string, to: string): void {
    this.machine.files.rename(from, to);
  }

  unlink(path: string): void {
    this.machine.files.unlink(path);
  }

  removeTree(path: string): Promise<void> {
    return this.machine.files.removeTree(path, this.signal);
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

  private attributes({ mode, owner, group }: FileAttributes): Attributes {
    return {
      mode,
      uid: owner === undefined ? undefined : this.accountId("user", owner, (name) => this.userId(name)),
      gid: group === undefined ? undefined : this.accountId("group", group, (name) => this.groupId(name)),
    };
  }

  private accountId(kind: "user" | "group", account: string, find: (name: string) => number | null): number {
    const id = /^\d+$/.test(account) ? Number(account) : find(account);
    if (id !== null) return id;
    const reason = this.unknownBecause();
    if (reason !== undefined) throw new SlothError("E_UNKNOWN", `there is no ${kind} '${account}', and ${reason}`);
    throw new SlothError(`E_UNKNOWN_${kind.toUpperCase()}`, `there is no ${kind} '${account}' on this machine`);
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
