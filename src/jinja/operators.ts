import { TemplateFailure } from "./failure.ts";
import { formatPercent } from "./format.ts";
import { defined, isNumber, toStr, typeName } from "./values.ts";

/** `left operator right` for numbers, strings and lists, as Python has it. */
export function operate(operator: string, left: unknown, right: unknown): unknown {
  defined(left);
  defined(right);
  if (operator === "~") return toStr(left) + toStr(right);
  if (operator === "%" && typeof left === "string") return formatPercent(left, right);
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, left, right);
  if (operator === "+" && typeof left === "string" && typeof right === "string") return left + right;
  if (operator === "+" && Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (operator === "*") {
    if (typeof right === "bigint") return repeated(left, right);
    if (typeof left === "bigint") return repeated(right, left);
  }
  const hint = operator === "+" ? "; join texts with ~" : "";
  throw new TemplateFailure(`'${operator}' does not work with ${typeName(left)} and ${typeName(right)}${hint}`);
}

function repeated(what: unknown, times: bigint): unknown {
  const count = Math.max(0, Number(times));
  if (typeof what === "string") return what.repeat(count);
  if (Array.isArray(what)) return Array.from({ length: count }, () => what).flat(1);
  throw new TemplateFailure(`'*' does not work with ${typeName(what)} and int`);
}

function arithmetic(
  operator: string,
  left: number | bigint | boolean,
  right: number | bigint | boolean,
): number | bigint {
  if (/^(\/|\/\/|%)$/.test(operator) && Number(right) === 0) throw new TemplateFailure("division by zero");
  if (operator === "/") return Number(left) / Number(right);
  const whole = typeof left !== "number" && typeof right !== "number";
  if (whole && !(operator === "**" && Number(right) < 0)) return integers(operator, BigInt(left), BigInt(right));
  return floats(operator, Number(left), Number(right));
}

function integers(operator: string, left: bigint, right: bigint): bigint {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  if (operator === "**") return left ** right;
  const remainder = ((left % right) + right) % right;
  return operator === "%" ? remainder : (left - remainder) / right;
}

function floats(operator: string, left: number, right: number): number {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  if (operator === "**") return left ** right;
  const floor = Math.floor(left / right);
  return operator === "%" ? left - floor * right : floor;
}

export function negate(value: unknown): number | bigint {
  if (typeof value === "number") return -value;
  if (isNumber(value)) return -BigInt(value);
  throw new TemplateFailure(`'-' does not work with ${typeName(defined(value))}`);
}
