import { EphemeralPortsExhaustedError } from "./ephemeral_ports_exhausted_error.ts";
import { checkInterval, formatInterval, type Interval } from "./interval.ts";
import { IntervalSet } from "./interval_set.ts";
import { PORT_MAX } from "./port.ts";
import { SlotBitmap } from "./slot_bitmap.ts";

/**
 * Hands out the ephemeral port ranges of containers, one each.
 *
 * All ports are cut into slots of `portsPerContainer` ports; those that lie wholly inside the total
 * are handed out, the lowest free one first. Ranges that a restart finds may have another size or
 * alignment, because the option was changed in between: they are kept apart from the slots, and
 * every slot that they touch waits until they are freed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { IntervalSet } from "./interval_set.ts";
 *
 * const total = IntervalSet.of({ begin: 32_000, end: 34_999 });
 * const allocator = new EphemeralPortsAllocator(total, 1_024);
 * assertEquals(allocator.capacity, 2);
 * assertEquals(allocator.allocate(), { begin: 32_768, end: 33_791 });
 * ```
 */
export class EphemeralPortsAllocator {
  /** Ports in one range, a power of two. */
  readonly portsPerContainer: number;
  /** Ranges that the total has room for when none is in use. */
  readonly capacity: number;
  readonly #total: IntervalSet;
  /** Binary logarithm of `portsPerContainer`: shifts a port to its slot. */
  readonly #shift: number;
  /** Slots that can be handed out. */
  readonly #freeSlots: SlotBitmap;
  /** Slots in use as ranges of the usual size and alignment. */
  readonly #usedSlots: SlotBitmap;
  /** Ranges in use that are no slot, by their begin. */
  readonly #oddRanges = new Map<number, Interval>();
  #used = 0;

  /**
   * Cuts the total into slots, all of them free.
   *
   * @param total The ports to hand out.
   * @param portsPerContainer Ports in one range, a power of two from 1 to 65536.
   * @throws {RangeError} If `portsPerContainer` is anything else.
   */
  constructor(total: IntervalSet, portsPerContainer: number) {
    const shift = Math.log2(portsPerContainer);
    if (!Number.isInteger(shift) || shift < 0 || shift > 16) {
      throw new RangeError(
        `A container cannot get ${portsPerContainer} ports; give a power of two from 1 to 65536`,
      );
    }
    const slots = (PORT_MAX + 1) >>> shift;
    this.portsPerContainer = portsPerContainer;
    this.#total = total;
    this.#shift = shift;
    this.#freeSlots = new SlotBitmap(slots);
    this.#usedSlots = new SlotBitmap(slots);
    let capacity = 0;
    for (const { begin, end } of total) {
      const firstAfter = (end + 1) >>> shift;
      for (let slot = (begin + portsPerContainer - 1) >>> shift; slot < firstAfter; slot++) {
        this.#freeSlots.add(slot);
        capacity++;
      }
    }
    this.capacity = capacity;
  }

  /** Ranges in use, those of another size included. */
  get used(): number {
    return this.#used;
  }

  /**
   * Takes a range: the lowest free one, or a given one that a container already has.
   *
   * @param range The range to mark, as {@linkcode mark} does; the lowest free one when left out.
   * @returns The range.
   * @throws {EphemeralPortsExhaustedError} If `range` is left out and no slot is free.
   * @throws {RangeError} If `range` is given and not wholly free.
   */
  allocate(range?: Interval): Interval {
    if (range !== undefined) {
      this.mark(range);
      return range;
    }
    const slot = this.#freeSlots.lowest();
    if (slot < 0) throw new EphemeralPortsExhaustedError(this);
    this.#takeSlot(slot);
    const begin = slot << this.#shift;
    return { begin, end: begin + this.portsPerContainer - 1 };
  }

  /**
   * Marks a range as used, of any size and alignment: the one of a container that was there before.
   *
   * @param range The range. Nothing changes where it is refused.
   * @throws {RangeError} If it is no interval of ports, leaves the total, or shares a port with a
   * range in use.
   */
  mark(range: Interval): void {
    const slot = this.#slotOf(range);
    if (slot >= 0 && this.#freeSlots.has(slot)) {
      this.#takeSlot(slot);
      return;
    }
    checkInterval(range);
    this.#checkFree(range);
    this.#oddRanges.set(range.begin, { begin: range.begin, end: range.end });
    this.#used++;
    for (const touched of this.#slotsTouchedBy(range)) this.#freeSlots.delete(touched);
  }

  /**
   * Gives a range back.
   *
   * @param range A range as it was allocated or marked. Nothing changes where it is refused.
   * @throws {RangeError} If no range with these ends is in use.
   */
  deallocate(range: Interval): void {
    const slot = this.#slotOf(range);
    if (slot >= 0 && this.#usedSlots.has(slot)) {
      this.#usedSlots.delete(slot);
      this.#freeSlots.add(slot);
      this.#used--;
      return;
    }
    if (this.#oddRanges.get(range.begin)?.end !== range.end) {
      throw new RangeError(
        `The ports ${formatInterval(range)} are no range in use; free a range as it was allocated`,
      );
    }
    this.#oddRanges.delete(range.begin);
    this.#used--;
    const odd = IntervalSet.from(this.#oddRanges.values());
    for (const touched of this.#slotsTouchedBy(range)) {
      const ports = this.#portsOf(touched);
      if (this.#total.contains(ports) && !odd.overlaps(ports)) this.#freeSlots.add(touched);
    }
  }

  /**
   * Tells whether a range lies wholly inside the total, used or free.
   *
   * @param range The range, of any size and alignment.
   * @returns Whether all its ports are this allocator's.
   * @throws {RangeError} If it is no interval of ports.
   */
  isManaged(range: Interval): boolean {
    return this.#total.contains(range);
  }

  #takeSlot(slot: number): void {
    this.#freeSlots.delete(slot);
    this.#usedSlots.add(slot);
    this.#used++;
  }

  /** Refuses a range that leaves the total or touches a range in use. */
  #checkFree(range: Interval): void {
    if (!this.#total.contains(range)) {
      throw new RangeError(
        `The ports ${formatInterval(range)} leave the ephemeral ports ${this.#total}; ` +
          "mark ports inside them",
      );
    }
    const inUse = this.#slotsTouchedBy(range)
      .filter((slot) => this.#usedSlots.has(slot))
      .map((slot) => this.#portsOf(slot));
    const taken = IntervalSet.from([...inUse, ...this.#oddRanges.values()]);
    if (taken.overlaps(range)) {
      throw new RangeError(
        `The ports ${formatInterval(range)} are in use at ` +
          `${taken.intersection(IntervalSet.of(range))}; mark ports that are free`,
      );
    }
  }

  /** The slot that is exactly this range, or -1. */
  #slotOf(range: Interval): number {
    const { begin, end } = range;
    if (begin < 0 || end > PORT_MAX || end - begin !== this.portsPerContainer - 1) return -1;
    const slot = begin >>> this.#shift;
    return slot << this.#shift === begin ? slot : -1;
  }

  #portsOf(slot: number): Interval {
    const begin = slot << this.#shift;
    return { begin, end: begin + this.portsPerContainer - 1 };
  }

  #slotsTouchedBy(range: Interval): number[] {
    const first = range.begin >>> this.#shift;
    const count = (range.end >>> this.#shift) - first + 1;
    return Array.from({ length: count }, (_, i) => first + i);
  }
}
