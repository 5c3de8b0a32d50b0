/**
 * Big-endian reads and writes, the byte order of every header on the wire.
 *
 * @module
 */

/**
 * Reads one byte.
 *
 * @param bytes Where to read.
 * @param offset Index of the byte.
 * @throws {RangeError} If `offset` lies outside `bytes`.
 */
export function readUint8(bytes: Uint8Array, offset: number): number {
  const value = bytes[offset];
  if (value === undefined) {
    throw new RangeError(`Cannot read byte ${offset} of ${bytes.length}`);
  }
  return value;
}

/**
 * Reads a 16-bit number.
 *
 * @param bytes Where to read.
 * @param offset Index of the first byte.
 * @throws {RangeError} If a byte lies outside `bytes`.
 */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return readUint8(bytes, offset) << 8 | readUint8(bytes, offset + 1);
}

/**
 * Reads an unsigned 32-bit number.
 *
 * @param bytes Where to read.
 * @param offset Index of the first byte.
 * @throws {RangeError} If a byte lies outside `bytes`.
 */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (readUint16(bytes, offset) << 16 | readUint16(bytes, offset + 2)) >>> 0;
}

/**
 * Writes a 16-bit number; higher bits are cut off.
 *
 * @param bytes Where to write.
 * @param offset Index of the first byte.
 * @param value The number.
 */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/**
 * Writes a 32-bit number; higher bits are cut off.
 *
 * @param bytes Where to write.
 * @param offset Index of the first byte.
 * @param value The number.
 */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value >>> 16);
  writeUint16(bytes, offset + 2, value);
}
