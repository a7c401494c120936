import { textLike } from "../../engine/schema.ts";

const SUFFIXES = "service|socket|target|timer|path|mount|automount|swap|slice|scope|device";
const NAME = /^(?!-[^.])[A-Za-z0-9:_.\\@-]+$/;

export const unitField = textLike(
  "Name of the unit; `.service` is added when it has no suffix.",
  NAME,
  "the name of a unit",
);

/** As systemd calls it. */
export function unitName(name: string): string {
  return new RegExp(`\\.(${SUFFIXES})$`).test(name) ? name : `${name}.service`;
}

/** `getty@.service`: not a unit but what its instances are made from. */
export function isTemplate(unit: string): boolean {
  return /@\.[a-z]+$/.test(unit);
}
