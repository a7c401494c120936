import { SlothError } from "../base/errors.ts";
import type { System } from "../system/system.ts";

/**
 * Makes a repository of the .deb files in a directory, and the only one that apt knows in this process and those it starts.
 * What is configured on the machine is not touched.
 */
export async function offlinePackages(directory: string, system: System): Promise<void> {
  if (system.which("apt-get") === null)
    throw new SlothError("E_BUNDLE", "the packages of this bundle are .deb files, and there is no apt-get here");
  const index = await Promise.all(system.list(directory).map((name) => stanza(directory, name, system)));
  const files = {
    Packages: index.join("\n"),
    "sources.list": `deb [trusted=yes] file:${directory} ./\n`,
    "apt.conf": settings(directory),
  };
  for (const [name, text] of Object.entries(files))
    await system.writeFile(`${directory}/${name}`, new TextEncoder().encode(text), { mode: 0o644 });
  system.mkdir(`${directory}/lists`, { mode: 0o755 });
  process.env["APT_CONFIG"] = `${directory}/apt.conf`;
  await must(["apt-get", "--quiet=2", "update"], system);
}

/** Nothing but this repository, whose directory is ours alone. */
function settings(directory: string): string {
  const options = {
    "Dir::Etc::SourceList": `${directory}/sources.list`,
    "Dir::Etc::SourceParts": "-",
    "Dir::State::Lists": `${directory}/lists`,
    "APT::Sandbox::User": "root",
  };
  return Object.entries(options)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join("");
}

async function stanza(directory: string, name: string, system: System): Promise<string> {
  const path = `${directory}/${name}`;
  const control = await must(["dpkg-deb", "--field", path], system);
  const sha256 = (await system.digest(path)).slice("sha256:".length);
  return `${control.trimEnd()}\nFilename: ./${name}\nSize: ${system.stat(path)?.size ?? 0}\nSHA256: ${sha256}\n`;
}

async function must(argv: readonly [string, ...string[]], system: System): Promise<string> {
  const { exitCode, stdout, stderr } = await system.query(argv);
  if (exitCode === 0) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim();
  throw new SlothError(
    "E_BUNDLE",
    `the packages of this bundle cannot be made known to apt: ${argv.join(" ")}: ${said}`,
  );
}
