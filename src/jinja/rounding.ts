const DIGITS = 100;

/** As Python rounds: what a float really is, to the nearest, and from the middle between two to the even one. */
export function roundHalfEven(value: number, places: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21 || places > DIGITS) return value;
  const [whole = "", fraction = ""] = Math.abs(value).toFixed(DIGITS).split(".");
  const scaled = BigInt(whole + fraction);
  const unit = 10n ** BigInt(DIGITS - places);
  const rounded = nearest(scaled, unit) * unit;
  const text = rounded.toString().padStart(DIGITS + 1, "0");
  const made = Number(`${text.slice(0, -DIGITS)}.${text.slice(-DIGITS)}`);
  return value < 0 ? -made : made;
}

export function roundInteger(value: bigint, places: number): bigint {
  if (places >= 0) return value;
  const unit = 10n ** BigInt(-places);
  const size = nearest(value < 0n ? -value : value, unit) * unit;
  return value < 0n ? -size : size;
}

/** How many units. */
function nearest(value: bigint, unit: bigint): bigint {
  const [below, rest] = [value / unit, (value % unit) * 2n];
  return rest > unit || (rest === unit && below % 2n === 1n) ? below + 1n : below;
}
