import { type IntervalSet, portCover, PortRange } from "../ports/mod.ts";
import type { Action, Filter, FilterPlace } from "../routing/filter.ts";
import {
  type Match,
  MATCH_ANY,
  MATCH_FIRST_FRAGMENT,
  matchProtocol,
  matchTransportPort,
} from "../routing/u32.ts";
import type { HashKey, TableLink } from "../routing/u32_table.ts";

/**
 * A hash table of ports: the filter of a packet is found by its port's bits, not by asking one
 * filter after another.
 *
 * Packets come to it with the offsets of their transport's header. The first level has a bucket for
 * each 256 ports; where there is a second, each of those buckets links to a table with a bucket for
 * each 16 ports. A filter's handle follows from its ports alone, so that it can be named without
 * having been looked for, and two filters that could be at once never claim one handle.
 *
 * @module
 */

/** Where a table is and what it looks at. */
export interface PortTable extends FilterPlace {
  /** Tells the tables of one qdisc apart, 1 to 5: they all share one space of numbers. */
  readonly family: number;
  /** The port that decides. */
  readonly side: "sport" | "dport";
  /** Whether there is a second level: many containers share this table. */
  readonly isShared: boolean;
}

/** Ports that a bucket of the first level and of the second is for. */
const BLOCK_PORTS = 256;
const CELL_PORTS = 16;

/** Buckets of each level. */
const TOP_DIVISOR = 256;
const LOW_DIVISOR = BLOCK_PORTS / CELL_PORTS;

/** Bits of the two ports, side by side at the beginning of the transport's header. */
const HASH: Readonly<Record<PortTable["side"], { readonly top: HashKey; readonly low: HashKey }>> =
  {
    sport: { top: { mask: 0xff000000, offset: 0 }, low: { mask: 0x00f00000, offset: 0 } },
    dport: { top: { mask: 0x0000ff00, offset: 0 }, low: { mask: 0x000000f0, offset: 0 } },
  };

/** A bucket's link to the second level is the last that is asked: handles of ranges end at 1ff. */
const LOW_LINK_NODE = 0x200;

/** What a table is for; with its family this makes its number. */
const NUMBERS = { top: 0x600, hop: 0x610, types: 0x620, inner: 0x630, copies: 0x640 } as const;

/**
 * Gives the number of one of a family's tables.
 *
 * @param family The family, 1 to 5.
 * @param kind What the table is for.
 */
export function tableNumber(family: number, kind: keyof typeof NUMBERS): number {
  return NUMBERS[kind] | family;
}

/** The number of the table of the second level for ports `block * 256` and up. */
function lowNumber(family: number, block: number): number {
  return (family << 8) | block;
}

/**
 * Lists the blocks of 256 ports that a set touches.
 *
 * @param ports The set.
 * @returns First byte of their port numbers, ascending.
 */
export function blocksOf(ports: IntervalSet): number[] {
  const blocks = new Set<number>();
  for (const { begin, end } of ports) {
    for (let block = begin >> 8; block <= end >> 8; block++) blocks.add(block);
  }
  return [...blocks];
}

/**
 * Gives the link by which packets enter a table, from where their IP header is still in view.
 *
 * @param table The table.
 */
export function entranceOf(table: PortTable): TableLink {
  return { table: tableNumber(table.family, "hop"), skip: "ip-header" };
}

/**
 * Computes a table without any ports in it: its levels and what leads from one to the next. Where
 * nothing links to it, it does nothing.
 *
 * The bits for a bucket are read before offsets move on, hence a hop in between.
 *
 * @param table The table.
 * @param blocks Blocks of 256 ports that get a second level, where there is one.
 */
export function portTableFilters(table: PortTable, blocks: readonly number[]): Filter[] {
  const { family, side } = table;
  const place = placeOf(table);
  const [top, hop] = [tableNumber(family, "top"), tableNumber(family, "hop")];
  const low = table.isShared ? blocks : [];
  return [
    ...low.map((block) => newTable(place, lowNumber(family, block), LOW_DIVISOR)),
    newTable(place, top, TOP_DIVISOR),
    newTable(place, hop, 1),
    ...low.map((block): Filter => ({
      ...place,
      handle: { table: top, bucket: block, node: LOW_LINK_NODE },
      matches: [MATCH_ANY],
      action: {
        kind: "link",
        to: { table: lowNumber(family, block), hash: HASH[side].low },
      },
    })),
    ...inTable(place, hop, [
      [[MATCH_ANY], { kind: "link", to: { table: top, hash: HASH[side].top } }],
    ]),
  ];
}

/**
 * Computes the filters that find the packets of certain ports.
 *
 * @param table The table; where it is shared, each block of the ports needs a second level.
 * @param ports The ports.
 * @param action What becomes of their packets.
 */
export function portFilters(table: PortTable, ports: IntervalSet, action: Action): Filter[] {
  const top = tableNumber(table.family, "top");
  return portCover(ports)
    .flatMap((range) => cut(range, BLOCK_PORTS))
    .flatMap((range) => table.isShared && !isBlock(range) ? cut(range, CELL_PORTS) : [range])
    .map((range): Filter => {
      const block = range.begin >> 8;
      const isLow = table.isShared && !isBlock(range);
      const node = numberInBlock(range);
      return {
        ...placeOf(table),
        handle: isLow
          ? {
            table: lowNumber(table.family, block),
            bucket: (range.begin / CELL_PORTS) % LOW_DIVISOR | 0,
            node,
          }
          : { table: top, bucket: block, node },
        matches: [matchTransportPort(table.side, range)],
        action,
      };
    });
}

/**
 * Makes a hash table.
 *
 * @param place Its link, qdisc and priority.
 * @param table Its number, 1 to 0x7ff.
 * @param divisor Number of its buckets: a power of two up to 256.
 */
export function newTable(place: FilterPlace, table: number, divisor: number): Filter {
  const handle = { table, bucket: 0, node: 0 };
  return { ...place, handle, matches: [], action: { kind: "table", divisor } };
}

/**
 * Puts filters into a table of one bucket, in the order in which they are asked.
 *
 * @param place Its link, qdisc and priority.
 * @param table Its number; 0 for the root table of the priority.
 * @param entries What each asks, and what then becomes of the packet.
 * @param first Number of the first.
 */
export function inTable(
  place: FilterPlace,
  table: number,
  entries: readonly (readonly [readonly Match[], Action])[],
  first = 1,
): Filter[] {
  return entries.map(([matches, action], i) => ({
    ...place,
    handle: { table, bucket: 0, node: first + i },
    matches,
    action,
  }));
}

/** The transports that have ports. */
export const TRANSPORTS = ["tcp", "udp"] as const;

/**
 * First number of filters in root tables: far above those that the linear layout takes, so that
 * both can be there while a host moves from one to the other.
 */
export const SCAFFOLD_NODE = 0xf00;

/**
 * Puts filters into the root table of a priority, in the order in which they are asked.
 *
 * @param place Its link, qdisc and priority.
 * @param entries What each asks, and what then becomes of the packet.
 */
export function atRoot(
  { link, parent, protocol, priority }: FilterPlace,
  entries: readonly (readonly [readonly Match[], Action])[],
): Filter[] {
  return inTable({ link, parent, protocol, priority }, 0, entries, SCAFFOLD_NODE);
}

/**
 * Lets TCP and UDP into a table, but for later fragments, which have payload where ports would be.
 *
 * @param table The table.
 * @param ways What else must match, for each way in.
 */
export function entrances(table: PortTable, ways: readonly (readonly Match[])[]): Filter[] {
  const action: Action = { kind: "link", to: entranceOf(table) };
  return atRoot(
    table,
    ways.flatMap((way) =>
      TRANSPORTS.map((transport) =>
        [[MATCH_FIRST_FRAGMENT, matchProtocol(transport), ...way], action] as const
      )
    ),
  );
}

function isBlock({ begin, end }: PortRange): boolean {
  return end - begin + 1 === BLOCK_PORTS;
}

/** Cuts a range into aligned ranges of at most `size` ports. */
function cut(range: PortRange, size: number): PortRange[] {
  const count = Math.max(1, (range.end - range.begin + 1) / size);
  if (count === 1) return [range];
  return Array.from({ length: count }, (_, i) => {
    const begin = range.begin + i * size;
    return PortRange.fromBeginEnd(begin, begin + size - 1);
  });
}

/**
 * Numbers all aligned ranges within a block, as the nodes of a binary tree in an array: 1 is the
 * whole block, 2 and 3 are its halves, and so on to 511, its last port.
 */
function numberInBlock({ begin, end }: PortRange): number {
  const size = end - begin + 1;
  return BLOCK_PORTS / size + (begin % BLOCK_PORTS) / size;
}

function placeOf({ link, parent, protocol, priority }: PortTable): FilterPlace {
  return { link, parent, protocol, priority };
}
