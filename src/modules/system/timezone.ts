import { toBytes, utf8Text } from "../../base/byte-text.ts";
import type { SlothError } from "../../base/errors.ts";
import { defineResource, type Facts } from "../../engine/resource.ts";
import { object, textLike, type Props } from "../../engine/schema.ts";
import type { ReadSystem } from "../../system/system.ts";
import { missing } from "../_files/file.ts";

const schema = object({
  name: textLike(
    "The zone, such as `Europe/Lisbon` or `UTC`.",
    /^(?!\/)(?!.*\.\.)[A-Za-z0-9_+\-/]+$/,
    "the name of a time zone",
  ),
});

type Asked = Props<typeof schema>;
type ZoneFacts = Facts & {
  /** Where /etc/localtime leads. */
  readonly zone?: string | undefined;
  /** What /etc/timezone says, where there is one. */
  readonly timezone_file?: string | undefined;
};
type Want = { readonly zone: string };

const LOCALTIME = "/etc/localtime";
const NAME_FILE = "/etc/timezone";
const ZONES = "/usr/share/zoneinfo";

/** Keeps the system's time zone: the link /etc/localtime and, where it is in use, /etc/timezone. */
export const timezone = defineResource<Asked, Want, ZoneFacts>({
  name: "system.timezone",
  kind: "timezone",
  version: 1,
  summary: "Keeps the system's time zone.",
  example: 'system.timezone{ name = "Etc/UTC" }',
  schema,
  identity: () => "timezone",
  want: ({ name }) => ({ zone: name }),

  read(_want, target) {
    const zone = zoneOf(target);
    return { zone: zone ?? "", timezone_file: nameFile(target) };
  },

  desired({ zone }, actual, target) {
    if (target.stat(`${ZONES}/${zone}`)?.type !== "file") throw unknownZone(zone, target);
    return { zone, timezone_file: actual?.timezone_file === undefined ? undefined : zone };
  },

  async apply(_want, diff, target) {
    const { zone, timezone_file } = diff.desired ?? {};
    if (zone === "") target.unlink(LOCALTIME);
    else if (zone !== undefined && zoneOf(target) !== zone) target.symlink(`${ZONES}/${zone}`, LOCALTIME);
    if (timezone_file !== undefined && nameFile(target) !== timezone_file)
      await target.writeFile(NAME_FILE, toBytes(`${timezone_file}\n`), {});
  },

  locks: () => ["timezone"],
  undo: {
    restate: (_name, facts) => ({ want: { zone: facts?.zone ?? "UTC" }, stated: facts ?? {} }),
  },
});

/** null: there is none, so it is UTC; "(a copy)" where it is no link. */
function zoneOf(target: ReadSystem): string | null {
  const type = target.lstat(LOCALTIME)?.type;
  if (type === undefined) return null;
  if (type !== "link") return "(a copy)";
  return target.readLink(LOCALTIME).replace(/^.*\/zoneinfo\//, "");
}

function nameFile(target: ReadSystem): string | undefined {
  return target.stat(NAME_FILE)?.type === "file" ? utf8Text(target.readFile(NAME_FILE)).trim() : undefined;
}

function unknownZone(zone: string, target: ReadSystem): SlothError {
  const hint = target.stat(ZONES) === null ? "install the package tzdata" : "see timedatectl list-timezones";
  return missing(target, `there is no time zone ${zone}`, hint);
}
