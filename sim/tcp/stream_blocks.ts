import type { StreamBlock } from "../packet/tcp_options.ts";

/**
 * Gives the parts of a block that no known block covers, so that what an ACK repeats of the one
 * before it costs nothing (`tcp_sacktag_write_queue` keeps a cache for that).
 *
 * @param block The block.
 * @param known Blocks that were heard before, in any order.
 */
export function partsOutside(block: StreamBlock, known: readonly StreamBlock[]): StreamBlock[] {
  return known.reduce<StreamBlock[]>(
    (parts, { start, end }) =>
      parts.flatMap((part) =>
        [
          { start: part.start, end: Math.min(part.end, start) },
          { start: Math.max(part.start, end), end: part.end },
        ].filter((rest) => rest.start < rest.end)
      ),
    [block],
  );
}
