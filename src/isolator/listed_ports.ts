import { assert } from "@std/assert";
import { PortRange } from "../ports/mod.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { isRootTable } from "../routing/handle.ts";

/** Offset of the ports in an IPv4 header without options. */
const PORTS_OFFSET = 20;

/**
 * Reads the ports that a filter asks for, in either layout.
 *
 * @param filter A filter.
 * @param side The port in question.
 * @returns The range, or nothing where the filter asks for no such port.
 */
export function portsOf(filter: ListedFilter, side: "sport" | "dport"): PortRange[] {
  const { handle, keys, others } = filter;
  // In a hash table of ports, offsets are counted from the transport's header.
  const wanted = handle !== undefined && !isRootTable(handle) ? 0 : PORTS_OFFSET;
  const key = keys.find(({ offset }) => offset === wanted);
  if (key === undefined || others.length > 0) return [];
  const halves = (word: number) =>
    side === "sport" ? [word >>> 16, word & 0xffff] : [word & 0xffff, word >>> 16];
  const [begin = 0] = halves(key.value);
  const [mask = 0, otherMask] = halves(key.mask);
  if (mask === 0 && otherMask !== 0) return [];
  try {
    return [PortRange.fromBeginMask(begin, mask)];
  } catch (error) {
    assert(error instanceof RangeError, "a range is refused only for its numbers");
    return []; // Somebody else's test of the same bytes; no range of ours.
  }
}
