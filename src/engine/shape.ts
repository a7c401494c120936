/** What is known of the fields of a value: a table's, with those of the tables in them, or those of a list's items. */
export type Shape =
  | { readonly fields: ReadonlyMap<string, Shape | undefined>; readonly of: string }
  | { readonly items: Shape };

const OPENING = /[([{<]/;
const CLOSING = /[)\]}>]/;

/** `string, { a: 1, b: 2 }[]` is two types: a comma inside brackets separates none. */
export function splitTypes(types: string): readonly string[] {
  return partsOf(types, ",").filter((part) => part !== "");
}

/** The shapes of what a function returns, from its LuaCATS types: `{ exists: boolean, mode?: string }, table`. */
export function shapesOf(types: string, of: string): readonly (Shape | undefined)[] {
  return splitTypes(types).map((type) => shapeOf(type, of));
}

function shapeOf(type: string, of: string): Shape | undefined {
  const plain = type.replace(/\?$/, "");
  if (plain.endsWith("[]")) {
    const items = shapeOf(plain.slice(0, -2), of);
    return items === undefined ? undefined : { items };
  }
  const inside = /^\{([^]*)\}$/.exec(plain)?.[1];
  if (inside === undefined) return undefined;
  const fields = partsOf(inside, ",").map((field) => fieldOf(field, of));
  return fields.some((field) => field === undefined)
    ? undefined
    : { fields: new Map(fields.flatMap((f) => (f ? [f] : []))), of };
}

function fieldOf(field: string, of: string): readonly [string, Shape | undefined] | undefined {
  const [, name, type] = /^(\w+)\??:\s*([^]+)$/.exec(field) ?? [];
  return name === undefined || type === undefined ? undefined : [name, shapeOf(type, of)];
}

function partsOf(text: string, separator: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (OPENING.test(character)) depth++;
    if (CLOSING.test(character)) depth--;
    if (character === separator && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
