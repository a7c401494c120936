import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Diff, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  dictionary,
  either,
  flag,
  integer,
  object,
  optional,
  textLike,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { missing } from "../_files/file.ts";
import { commandOf, filesLoading, isLoading, linesAt, rewrite, sameModule } from "./_module-files.ts";

const schema = object(
  {
    name: textLike("The module, such as `br_netfilter`.", /^[A-Za-z0-9][A-Za-z0-9_-]*$/, "the name of a module"),
    loaded: optional(flag("Whether it is in the kernel now. With nothing else stated it is.")),
    boot: optional(flag("Whether it is loaded at boot. With nothing else stated it is.")),
    params: optional(
      dictionary(
        "Its parameters, for the next time it is loaded.",
        either("", textLike("", /^\S+$/, "a value without blanks"), integer(""), "a string or a number"),
      ),
    ),
    blacklist: optional(flag("Whether nothing loads it by itself.")),
    file: optional(
      absolutePath("The file of modprobe.d for parameters and blacklist; `/etc/modprobe.d/NAME.conf` when absent."),
    ),
  },
  ({ blacklist, boot, params = {} }) => {
    if (blacklist === true && boot === true) return "takes either 'blacklist' or 'boot'";
    const odd = Object.keys(params).find((name) => !/^[A-Za-z0-9_-]+$/.test(name));
    return odd === undefined ? undefined : `'params' has '${odd}', which is no name of a parameter`;
  },
);

type Asked = Props<typeof schema>;
type ModuleFacts = Facts & {
  readonly loaded?: boolean | undefined;
  readonly boot?: boolean | undefined;
  /** `a=1 b=2`, "" none. */
  readonly params?: string | undefined;
  readonly blacklist?: boolean | undefined;
};
type Want = { readonly name: string; readonly file: string; readonly stated: ValueObject };

/** Keeps a module of the kernel: in force, at boot, and kept from loading, each as far as it is stated. */
export const module = defineResource<Asked, Want, ModuleFacts>({
  name: "kernel.module",
  kind: "kernel_module",
  version: 1,
  summary:
    "Keeps a module of the kernel loaded or not, now and at boot, its parameters, and whether it is blacklisted.",
  example: `
    kernel.module{ name = "br_netfilter" }
    kernel.module{ name = "kvm_intel", params = { nested = 1 }, boot = true }
    kernel.module{ name = "usb_storage", blacklist = true, loaded = false }
  `,
  schema,
  identity: ({ name, file }) => (file === undefined ? name : `${file}: ${name}`),
  want: (props) => ({ name: props.name, file: props.file ?? ownFile(props.name), stated: statedOf(props) }),

  read({ name, file }, target) {
    const commands = linesAt(file, target).flatMap((line) => commandOf(line, name) ?? []);
    const params = commands.filter(({ verb }) => verb === "options").map(({ rest }) => rest);
    return {
      loaded: isLoaded(name, target),
      boot: filesLoading(name, target).length > 0,
      params: params.join(" ").split(" ").toSorted().join(" "),
      blacklist: commands.some(({ verb }) => verb === "blacklist"),
    };
  },

  desired({ name, stated }, actual, target) {
    if (stated["loaded"] === true && actual?.loaded !== true) requireModules(name, target);
    return stated;
  },

  apply: applyModule,
  predict: predictMerged,
  refuse: (target) => requireRoot(target, "system files"),
  locks: ({ name }) => [`module:${name}`],

  undo: {
    restate(address, facts) {
      const [file, name] = address.includes(": ") ? address.split(": ", 2) : [ownFile(address), address];
      const values = facts === null ? {} : plainFacts(facts);
      return { want: { name: name ?? "", file: file ?? "", stated: values }, stated: values };
    },
  },
});

function ownFile(name: string): string {
  return `/etc/modprobe.d/${name}.conf`;
}

function statedOf({ loaded, boot, params, blacklist }: Asked): ValueObject {
  const isBare = [loaded, boot, params, blacklist].every((one) => one === undefined);
  const texts = params && Object.entries(params).map(([name, value]) => `${name}=${value}`);
  return plainFacts({
    loaded: isBare ? true : loaded,
    boot: isBare ? true : boot,
    params: texts?.toSorted().join(" "),
    blacklist,
  });
}

/** Also what is built in. */
function isLoaded(name: string, target: ReadSystem): boolean {
  const path = "/proc/modules";
  const listed = target.stat(path) === null ? [] : utf8Text(target.readFile(path)).split("\n");
  if (listed.some((line) => sameModule(line.split(" ")[0] ?? "", name))) return true;
  return target.stat(`/sys/module/${name.replaceAll("-", "_")}`)?.type === "directory";
}

function requireModules(name: string, target: ReadSystem): void {
  const release = utf8Text(target.readFile("/proc/sys/kernel/osrelease")).trim();
  if (target.stat(`/lib/modules/${release}`) === null)
    throw missing(
      target,
      `${name} cannot be loaded: the modules of this kernel (${release}) are not on this machine`,
      "in a container load it on the host that the container is on",
    );
  if (target.which("modprobe") === null)
    throw missing(target, "there is no modprobe on this machine", "install the package kmod");
}

async function applyModule({ name, file }: Want, diff: Diff<ModuleFacts>, target: System): Promise<void> {
  requireRoot(target, "system files");
  const changed = new Map(diff.changes.map(({ property, to }) => [property, to]));
  const { params, blacklist } = { ...diff.actual, ...diff.desired };
  if (changed.has("params") || changed.has("blacklist")) {
    const lines = [
      ...(params === undefined || params === "" ? [] : [`options ${name} ${params}`]),
      ...(blacklist === true ? [`blacklist ${name}`] : []),
    ];
    await rewrite(file, (line) => commandOf(line, name) !== undefined, lines, target);
  }
  if (changed.get("boot") === true) await rewrite(`/etc/modules-load.d/${name}.conf`, () => false, [name], target);
  if (changed.get("boot") === false)
    for (const path of filesLoading(name, target)) await rewrite(path, (line) => isLoading(line, name), [], target);
  if (changed.has("loaded")) await load(name, changed.get("loaded") === true, target);
}

async function load(name: string, isWanted: boolean, target: System): Promise<void> {
  const argv: Argv = ["modprobe", ...(isWanted ? [] : ["--remove"]), "--", name];
  const result = await target.run(argv, { env: { LC_ALL: "C" } });
  if (result.exitCode !== 0 && !isWanted && /in use|builtin/.test(utf8Text(result.stderr)))
    throw new SlothError("E_BUSY", `${name} stays loaded: ${utf8Text(result.stderr).trim()}`);
  mustSucceed(argv, result);
}
