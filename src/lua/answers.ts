import { RESULT_TYPE } from "../engine/events.ts";
import type { ModuleFunction } from "../engine/resource.ts";
import { shapesOf, type Shape } from "../engine/shape.ts";

const shapes = new WeakMap<ModuleFunction, readonly (Shape | undefined)[]>();

/** Of what a function answers, as its documentation has it. */
export function shapesFor(one: ModuleFunction): readonly (Shape | undefined)[] {
  const known = shapes.get(one);
  if (known !== undefined) return known;
  const made = shapesOf(returnedBy(one), `what ${one.name} answers`);
  shapes.set(one, made);
  return made;
}

function returnedBy(one: ModuleFunction): string {
  if (one.form === "resource") return RESULT_TYPE;
  if (one.form !== "action") return one.returns;
  return RESULT_TYPE.replace("{", `{ ${one.results.map(({ name, type }) => `${name}: ${type},`).join(" ")}`);
}
