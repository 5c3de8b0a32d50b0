import { checkInterval, formatInterval, type Interval } from "./interval.ts";
import { isPort, PORT_MAX } from "./port.ts";

/**
 * The ports that one 32-bit match of a packet filter can test: as many as a power of two, beginning
 * at a multiple of their number.
 *
 * A port belongs to the range exactly if `(port & mask) === begin`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const range = PortRange.fromBeginEnd(31_000, 31_007);
 * assertEquals(range.mask, 0xfff8);
 * assertEquals(31_005 & range.mask, range.begin);
 * ```
 */
export class PortRange implements Interval {
  /** The first port, 0 to 65535; a multiple of the size. */
  readonly begin: number;
  /** The last port, `begin` to 65535. */
  readonly end: number;

  private constructor(begin: number, end: number) {
    this.begin = begin;
    this.end = end;
  }

  /**
   * Makes the range of the ports from `begin` to `end`.
   *
   * @param begin The first port, 0 to 65535.
   * @param end The last port, `begin` to 65535.
   * @returns The range.
   * @throws {RangeError} If the ends are no ports in ascending order, their number is not a power
   * of two, or `begin` is not a multiple of that number.
   *
   * @example
   * ```ts
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * assertEquals(PortRange.fromBeginEnd(0, 65_535).mask, 0);
   * assertThrows(() => PortRange.fromBeginEnd(4, 11), RangeError, "multiple of 8");
   * ```
   */
  static fromBeginEnd(begin: number, end: number): PortRange {
    checkInterval({ begin, end });
    const size = end - begin + 1;
    if ((size & (size - 1)) !== 0) {
      throw new RangeError(
        `The ${size} ports ${begin}-${end} are no power of two; split them with portCover`,
      );
    }
    if ((begin & (size - 1)) !== 0) {
      throw new RangeError(
        `The ports ${begin}-${end} must begin at a multiple of ${size}; split them with portCover`,
      );
    }
    return new PortRange(begin, end);
  }

  /**
   * Makes the range of the ports that are `begin` under a mask.
   *
   * @param begin The first port, 0 to 65535.
   * @param mask The bits to compare, 0 to 0xffff: ones above zeros.
   * @returns The range.
   * @throws {RangeError} If `begin` is no port, `mask` has a one below a zero or leaves 16 bits, or
   * `begin` has a one where `mask` has a zero.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(PortRange.fromBeginMask(31_000, 0xfff8).end, 31_007);
   * ```
   */
  static fromBeginMask(begin: number, mask: number): PortRange {
    if (!isPort(begin)) {
      throw new RangeError(`A range cannot begin at ${begin}; give an integer from 0 to 65535`);
    }
    // Masks have as many bits as ports.
    if (!isPort(mask)) {
      throw new RangeError(`The mask ${mask} is no 16-bit number; give one from 0 to 0xffff`);
    }
    const free = ~mask & PORT_MAX;
    if ((free & (free + 1)) !== 0) {
      throw new RangeError(
        `The mask 0x${mask.toString(16)} has a one below a zero; give ones above zeros`,
      );
    }
    if ((begin & free) !== 0) {
      throw new RangeError(
        `The port ${begin} has bits outside the mask 0x${mask.toString(16)}; ` +
          `begin at a multiple of ${free + 1}`,
      );
    }
    return new PortRange(begin, begin + free);
  }

  /** The bits of a port that decide, 0 (all ports match) to 0xffff (one port matches). */
  get mask(): number {
    return ~(this.end - this.begin) & PORT_MAX;
  }

  /**
   * Tells whether another range holds the same ports.
   *
   * @param other The range to compare with.
   * @returns Whether both ends agree.
   */
  equals(other: PortRange): boolean {
    return this.begin === other.begin && this.end === other.end;
  }

  /**
   * Writes the range as `31000-31007`, or as `31020` where it is one port.
   *
   * @returns The text.
   */
  toString(): string {
    return formatInterval(this);
  }
}
