import { addressText } from "../base/address.ts";
import type { DriftFinding, Drifted } from "../engine/undo/find-drift.ts";
import { isObject, type Value } from "../base/value.ts";
import { ScriptError } from "../base/errors.ts";
import { parseValuesFile } from "./values-file.ts";
import { contentsOf } from "./values.ts";

/** One line of `--ignore FILE`: drift that is known of. */
export interface IgnoreRule {
  /** Of addresses: `file:/etc/*`; `*` stands for any characters, `?` for one. */
  readonly resource: string;
  /** All of them when absent. */
  readonly property: string | undefined;
  readonly reason: string;
  /** A day (to its end, UTC) or a time. */
  readonly expires: string | undefined;
}

export interface IgnoreRules {
  readonly rules: readonly IgnoreRule[];
  readonly expired: readonly IgnoreRule[];
}

/** A finding, and the rule under which each of its properties falls. */
export type Muted = DriftFinding & {
  readonly known: ReadonlyMap<string, IgnoreRule>;
  /** The rules under which all of its drift falls; none: it is told. */
  readonly mutedBy: readonly IgnoreRule[];
};

export async function readIgnoreFile(file: string, now = Date.now()): Promise<IgnoreRules> {
  const table = await parseValuesFile(file, await contentsOf(file, "--ignore"));
  const given = table["ignore"];
  const unknown = Object.keys(table).find((key) => key !== "ignore");
  if (unknown !== undefined || !Array.isArray(given))
    throw new ScriptError(
      "E_IGNORE",
      `${file}: ${unknown === undefined ? "" : `unknown field '${unknown}'; `}expected a list 'ignore'`,
    );
  const all = given.map((rule: Value, index) => ruleOf(rule, `${file}: rule ${index + 1}`));
  const isOver = (rule: IgnoreRule): boolean => rule.expires !== undefined && endOf(rule.expires) < now;
  return { rules: all.filter((rule) => !isOver(rule)), expired: all.filter(isOver) };
}

export function muted(finding: DriftFinding, rules: readonly IgnoreRule[]): Muted {
  const address = addressText(finding.row);
  const mine = rules.filter(({ resource }) => matches(resource, address));
  const ruleFor = ({ property }: Pick<Drifted, "property">): IgnoreRule | undefined =>
    mine.find((rule) => rule.property === undefined || rule.property === property);
  const known = new Map<string, IgnoreRule>();
  for (const drifted of finding.properties) {
    const rule = ruleFor(drifted);
    if (rule !== undefined) known.set(drifted.property, rule);
  }
  const isWhole = known.size === finding.properties.length;
  return { ...finding, known, mutedBy: isWhole ? [...new Set(known.values())] : [] };
}

function ruleOf(value: Value, where: string): IgnoreRule {
  const wrong = (what: string): ScriptError => new ScriptError("E_IGNORE", `${where}: ${what}`);
  if (!isObject(value)) throw wrong("is not a table with resource, property, reason and expires");
  const unknown = Object.keys(value).find((key) => !["resource", "property", "reason", "expires"].includes(key));
  if (unknown !== undefined)
    throw wrong(`unknown field '${unknown}'; known are resource, property, reason and expires`);
  const text = (key: string): string | undefined => {
    const given = value[key];
    if (given === undefined || (typeof given === "string" && given !== "")) return given;
    throw wrong(`'${key}' must be a text`);
  };
  const [resource, reason, expires] = [text("resource"), text("reason"), text("expires")];
  if (resource === undefined || reason === undefined) throw wrong("needs 'resource' and 'reason'");
  if (expires !== undefined && Number.isNaN(endOf(expires)))
    throw wrong(`'expires' is '${expires}', expected a day such as 2030-12-31 or a time`);
  return { resource, property: text("property"), reason, expires };
}

function endOf(expires: string): number {
  return Date.parse(/^\d{4}-\d\d-\d\d$/.test(expires) ? `${expires}T23:59:59.999Z` : expires);
}

function matches(pattern: string, address: string): boolean {
  const source = pattern.replaceAll(/[*?]|[^*?]+/g, (part) =>
    part === "*" ? ".*" : part === "?" ? "." : RegExp.escape(part),
  );
  return new RegExp(`^${source}$`, "su").test(address);
}
