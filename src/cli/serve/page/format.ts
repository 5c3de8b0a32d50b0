/** What stands where a figure cannot be told. */
export const UNKNOWN = "–";

const PREFIXES = ["", "k", "M", "G", "T"];

/**
 * Writes a rate in bits, as links and limits are spoken of.
 *
 * @param bytesPerSecond The rate in bytes per second.
 */
export function bitRate(bytesPerSecond: number | undefined): string {
  return scaled(bytesPerSecond === undefined ? undefined : bytesPerSecond * 8, "bit/s");
}

/**
 * Writes a figure with a prefix of thousands.
 *
 * @param value The figure.
 * @param unit Its unit.
 */
export function scaled(value: number | undefined, unit: string): string {
  if (value === undefined) return UNKNOWN;
  let [left, prefix] = [value, 0];
  while (left >= 999.5 && prefix < PREFIXES.length - 1) [left, prefix] = [left / 1000, prefix + 1];
  const digits = left >= 100 || Number.isInteger(left) ? 0 : left >= 10 ? 1 : 2;
  return `${left.toFixed(digits)} ${PREFIXES[prefix]}${unit}`;
}

/**
 * Writes a time.
 *
 * @param microseconds The time in microseconds.
 */
export function duration(microseconds: number | undefined): string {
  if (microseconds === undefined) return UNKNOWN;
  return microseconds < 1000
    ? `${Math.round(microseconds)} µs`
    : `${(microseconds / 1000).toFixed(microseconds < 100_000 ? 1 : 0)} ms`;
}

/**
 * Writes a count with separators of thousands.
 *
 * @param value The count.
 */
export function count(value: number | undefined): string {
  return value === undefined ? UNKNOWN : value.toLocaleString("en");
}
