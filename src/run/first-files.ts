/** What the machine is that a first workflow is written for. */
export interface Surroundings {
  /** Of the workflow. */
  readonly name: string;
  readonly system: string;
  readonly packageManager: string | null;
  readonly init: string;
  readonly isRoot: boolean;
}

export interface FirstFile {
  readonly path: string;
  readonly text: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
}

/** The files of a project that begins. */
export function firstFiles(around: Surroundings): readonly FirstFile[] {
  return [
    { path: "sloth.lua", text: workflow(around), purpose: "what the machine should be" },
    { path: "values.yaml", text: values(around), purpose: "settings that the workflow reads" },
    { path: "templates/welcome.txt.j2", text: TEMPLATE, purpose: "a file made from them" },
    { path: "inventory.yaml", text: INVENTORY, purpose: "other hosts, when there are some" },
    { path: "test.sh", text: TEST, purpose: "runs it twice in a scratch directory" },
    { path: ".gitignore", text: "/.sloth-runner/\n", purpose: "what git leaves out" },
  ];
}

/** Whatever can be a Lua string and the name of a stack. */
export function workflowName(directory: string): string {
  return (
    directory
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[.-]+/, "")
      .slice(0, 100) || "site"
  );
}

function workflow(around: Surroundings): string {
  const { name, system } = around;
  return `-- What this machine (${system}) should be. \`sloth-runner plan\` says what would be done, \`sloth-runner run\` does it.
workflow({ name = "${name}", description = "The first workflow" })

-- From values.yaml, with --values values.yaml; what is not there has a default here.
local directory = values.directory or ${placeOf(around)}

task({
    name = "welcome",
    run = function()
        file_ops.directory({ path = directory, mode = "0755" })
        local welcome = file_ops.template({
            src = "templates/welcome.txt.j2",
            dest = directory .. "/welcome.txt",
            mode = "0644",
            vars = { name = values.name or "World", host = facts.hostname() },
        })
        if welcome.changed then
            print("there is a new welcome in " .. welcome.name)
        end
    end,
})
${packages(around)}${services(around)}`;
}

function placeOf({ name, isRoot }: Surroundings): string {
  return isRoot ? `"/srv/${name}"` : `os.getenv("HOME") .. "/${name}-files"`;
}

function packages({ packageManager, isRoot }: Surroundings): string {
  if (packageManager === null || !isRoot) return "";
  return `
task({
    name = "packages", -- by ${packageManager}
    run = function()
        local packages = values.packages or {}
        if #packages > 0 then
            pkg.install({ name = packages })
        end
    end,
})
`;
}

function services({ init, packageManager, isRoot }: Surroundings): string {
  if (!isRoot || !["systemd", "openrc"].includes(init)) return "";
  const verb = init === "systemd" ? "systemd" : "service";
  const after = packageManager === null ? "" : `\n    depends_on = "packages",`;
  return `
task({
    name = "services", -- by ${init}${after}
    run = function()
        for _, name in ipairs(values.services or {}) do
            ${verb}.ensure({ name = name, state = "started", enabled = true })
        end
    end,
})
`;
}

function values({ packageManager, init, isRoot }: Surroundings): string {
  const installs = packageManager !== null && isRoot ? "\n# packages: [curl, htop]" : "";
  const keeps = isRoot && ["systemd", "openrc"].includes(init) ? "\n# services: [cron]" : "";
  return `# Settings of sloth.lua: sloth-runner run --values values.yaml
name: World
# directory: /srv/welcome${installs}${keeps}
`;
}

const TEMPLATE = "Hello, {{ name }}. This is {{ host }}.\n";

const INVENTORY = `# Hosts, reached by your own ssh: sloth-runner run --on web --inventory inventory.yaml
hosts: {}
#   web1: { address: 10.0.0.1, user: deploy, sudo: true }
groups: {}
#   web: [web1]
`;

const TEST = `#!/bin/sh
# Checks the workflow, runs it in a scratch directory, and fails when a second run would find anything left to do.
set -eu
cd "$(dirname "$0")"
sloth=\${SLOTH_RUNNER:-sloth-runner}
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

"$sloth" check --values values.yaml
set -- --values values.yaml --set directory="$scratch/files" --task welcome --db "$scratch/record.db"
"$sloth" run "$@"
"$sloth" plan "$@" --detailed-exitcode
echo "ok"
`;
