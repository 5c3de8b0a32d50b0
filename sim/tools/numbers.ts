/**
 * Reads a number as C's `strtoul` and `strtol` do: decimal, `0x` hexadecimal or `0` octal.
 *
 * @param text What to read; no other character may stand before or behind the number.
 * @param base 0 for any of the three, or 10 or 16 for that one.
 * @returns The number, perhaps negative, or undefined for any other text.
 */
export function parseInteger(text: string, base: 0 | 10 | 16 = 0): number | undefined {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9a-fA-F]+)$/.exec(text);
  const [sign, digits] = [match?.[1], match?.[2]];
  if (digits === undefined) return undefined;
  const isHex = /^0[xX]/.test(digits);
  if (isHex && base === 10) return undefined;
  const radix = base !== 0 ? base : isHex ? 16 : digits.startsWith("0") ? 8 : 10;
  const bare = isHex ? digits.slice(2) : digits;
  if (![...bare].every((digit) => parseInt(digit, 36) < radix)) return undefined;
  const value = parseInt(bare, radix);
  return sign === "-" ? -value : value;
}

/**
 * Reads an unsigned number; a negative one wraps around, as in C, and is then out of range unless
 * the type is as wide as a `long`.
 *
 * @param text What to read.
 * @param limit Largest value, e.g. 0xffffffff.
 * @param base 0, 10 or 16.
 * @returns The number, or undefined where it is none or too large.
 */
export function parseUnsigned(
  text: string,
  limit: number,
  base: 0 | 10 | 16 = 0,
): number | undefined {
  const value = parseInteger(text, base);
  return value === undefined || value < 0 || value > limit ? undefined : value;
}

/**
 * Reads a signed number of 32 bits.
 *
 * @param text What to read.
 * @returns The number, or undefined where it is none or out of range.
 */
export function parseSigned(text: string): number | undefined {
  const value = parseInteger(text);
  return value === undefined || value < -0x80000000 || value > 0x7fffffff ? undefined : value;
}
