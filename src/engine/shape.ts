/** What is known of the fields of a value: a table's, with those of the tables in them, or those of a list's items. */
export type Shape =
  | { readonly fields: ReadonlyMap<string, Shape | undefined>; readonly of: string }
  | { readonly items: Shape };

const OPENING = "([{<";
const CLOSING = ")]}>";

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
  const fields = fieldsIn(plain);
  return fields && { fields: new Map(fields.map(({ name, type: its }) => [name, shapeOf(its, of)])), of };
}

interface NamedType {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
}

interface TableType {
  readonly fields: readonly NamedType[];
  readonly isList: boolean;
  readonly isOptional: boolean;
}

/** What a type that is written out as a table, or as a list of such, says of its fields. */
export function tableType(type: string): TableType | undefined {
  const plain = type.replace(/\?$/, "");
  const isList = plain.endsWith("[]");
  const fields = fieldsIn(isList ? plain.slice(0, -2) : plain);
  return fields && { fields, isList, isOptional: plain !== type };
}

/** Of `{ exists: boolean, mode?: string }`. */
function fieldsIn(type: string): readonly NamedType[] | undefined {
  const inside = /^\{([^]*)\}$/.exec(type)?.[1];
  if (inside === undefined) return undefined;
  const parts = partsOf(inside, ",").map((part) => /^(\w+)(\??):\s*([^]+)$/.exec(part));
  return parts.some((part) => part === null)
    ? undefined
    : parts.map((part) => ({ name: part?.[1] ?? "", type: part?.[3] ?? "", optional: part?.[2] === "?" }));
}

function partsOf(text: string, separator: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (OPENING.includes(character)) depth++;
    if (CLOSING.includes(character)) depth--;
    if (character === separator && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
