/**
 * Sequence numbers. On the wire they wrap at 2³²; inside a connection they are offsets from the
 * initial number that only ever grow: 0 is the SYN, 1 the first byte.
 *
 * @module
 */

/**
 * Gives the number that goes on the wire.
 *
 * @param initial The initial sequence number of the direction.
 * @param offset How far from it.
 * @returns The number modulo 2³².
 */
export function wireNumber(initial: number, offset: number): number {
  return (initial + offset) >>> 0;
}

/**
 * Gives the offset that a number on the wire stands for.
 *
 * @param wire The number, modulo 2³².
 * @param initial The initial sequence number of the direction.
 * @param near An offset within 2³¹ of the one that is meant.
 * @returns The offset; negative for numbers before the initial one.
 */
export function offsetOf(wire: number, initial: number, near: number): number {
  return near + ((wire - initial - near) | 0);
}
