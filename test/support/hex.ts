/**
 * Writes bytes as hexadecimal digits.
 *
 * @param bytes The bytes.
 */
export function encodeHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Reads hexadecimal digits.
 *
 * @param text Two digits a byte.
 */
export function decodeHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
