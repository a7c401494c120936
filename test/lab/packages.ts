/** One package, whatever the format it is built for. */
export interface LabPackage {
  readonly name: string;
  readonly version: string;
  /** Epoch and revision beside the version: `5:20.10.0-3`. */
  readonly epoch?: string;
  readonly revision?: string;
  readonly foreign?: boolean;
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly conflicts?: readonly string[];
  /** Of pacman. */
  readonly groups?: readonly string[];
  /** Path and contents; below `/usr/bin` they are executable. */
  readonly files: { readonly [path: string]: string };
  readonly conffiles?: { readonly [path: string]: string };
  /** Shell, run after the files are there. */
  readonly postInstall?: string;
}

/** What the lab's own repositories hold: each case the package module must get right, as small as it can be. */
export const packages: readonly LabPackage[] = [
  ...both("lab-plain", program),
  ...both("lab-lib", program),
  ...both("lab-app", (name, version) => ({ ...program(name, version), depends: ["lab-lib"] })),
  ...both("lab-service", service),
  ...both("lab-conf", (name, version) => ({
    ...program(name, version),
    conffiles: { "/etc/lab-conf.conf": `# shipped with ${version}\nlevel=${version}\n` },
  })),
  { ...program("lab-broken", "1.0"), postInstall: "echo lab-broken: cannot find the moon >&2\nexit 3\n" },
  // Works until the file is gone: a package manager that holds its lock as long as a test likes.
  {
    ...program("lab-slow", "1.0"),
    postInstall: "touch /run/lab-slow.waits\nwhile [ -e /run/lab-slow ]; do sleep 0.1; done\n",
  },
  { ...program("lab-postman", "1.0"), provides: ["lab-mail"] },
  { ...program("lab-pigeon", "1.0"), provides: ["lab-mail", "lab-message"] },
  { ...program("lab-alien", "1.0"), foreign: true },
  { ...program("lab-only", "1.0"), provides: ["lab-sole"] },
  { ...program("lab-rival", "1.0"), conflicts: ["lab-app"], groups: ["lab-group"] },
  { ...service("docker", "20.10.0"), epoch: "5", revision: "3" },
  { ...service("docker", "24.0.0"), epoch: "5", revision: "1" },
];

/** What only the repository `signed` holds, which a test signs. */
export const signedPackages: readonly LabPackage[] = [program("lab-signed", "1.0")];

function both(name: string, make: (name: string, version: string) => LabPackage): readonly LabPackage[] {
  return [make(name, "1.0"), make(name, "2.0")];
}

function program(name: string, version: string): LabPackage {
  return { name, version, files: { [`/usr/bin/${name}`]: `#!/bin/sh\necho ${name} ${version}\n` } };
}

function service(name: string, version: string): LabPackage {
  const unit = [
    `[Unit]\nDescription=${name} ${version}\n`,
    "[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n",
    "[Install]\nWantedBy=multi-user.target\n",
  ].join("\n");
  const { files } = program(name, version);
  return { name, version, files: { ...files, [`/usr/lib/systemd/system/${name}.service`]: unit } };
}

/** `[epoch:]version-revision`. */
export function fullVersion(item: LabPackage): string {
  const epoch = item.epoch === undefined ? "" : `${item.epoch}:`;
  return `${epoch}${item.version}-${item.revision ?? "1"}`;
}
