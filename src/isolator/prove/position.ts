import { IntervalSet } from "../../ports/mod.ts";

/**
 * Where a byte of a packet is, as a number: behind which header, and how many bytes behind its
 * beginning. Headers have lengths of their own, so that "the transport's first byte" is one place
 * whatever options stand before it. Positions of a longer packet are greater numbers.
 */
export type Position = number;

/** Room of each part; more than any offset that a filter of ours asks at. */
const PART = 0x1000;

/** Where the network header begins; what is before it is the Ethernet header. */
export const NETWORK: Position = 0x100;

/** Where the transport's header begins: behind the network header, options included. */
export const TRANSPORT: Position = NETWORK + PART;

/** Where the header begins that an ICMP error quotes: behind the error's own. */
export const QUOTE: Position = TRANSPORT + 8;

/** Where the quoted packet's transport begins. */
export const QUOTED_TRANSPORT: Position = TRANSPORT + PART;

/** Not in the bytes: the protocol of a VLAN tag, which the kernel carries beside a frame, or 0. */
export const TAG: Position = 0;

/** EtherType of what is in a frame, behind a tag where there is one. */
export const TYPE: Position = NETWORK - 2;

/** Bytes of an IPv4 header without options. */
const PLAIN_HEADER_BYTES = 20;

/** An IPv4 header whose length decides where something else begins. */
export interface Header {
  /** Where it begins. */
  readonly begin: Position;
  /** Where what follows it begins. */
  readonly next: Position;
}

/** The headers whose lengths vary. */
export const HEADERS: readonly Header[] = [
  { begin: NETWORK, next: TRANSPORT },
  { begin: QUOTE, next: QUOTED_TRANSPORT },
];

/**
 * Finds the header behind whose fixed part a position is, so that only the header's length tells
 * what is there.
 *
 * @param position Where a filter asks.
 */
export function unsettledHeader(position: Position): Header | undefined {
  return HEADERS.find(({ begin, next }) =>
    position >= begin + PLAIN_HEADER_BYTES && position < next - NETWORK
  );
}

/** Bytes whose values are told together. */
export interface Unit {
  /** Where it begins. */
  readonly position: Position;
  /** Its bytes. */
  readonly bytes: 1 | 2;
}

/**
 * Two bytes are told together, as ports and types are, and addresses in two parts. Alone are the
 * bytes whose neighbour has nothing to do with them: a header's length, and a protocol.
 */
const ALONE: ReadonlySet<Position> = new Set(
  HEADERS.flatMap(({ begin }) => [begin, begin + 1, begin + 8, begin + 9]),
);

/**
 * Lists the units of some bytes.
 *
 * @param position Where the first byte is; never the second byte of a unit.
 * @param bytes How many.
 */
export function unitsAt(position: Position, bytes: number): Unit[] {
  const units: Unit[] = [];
  for (let at = position; at < position + bytes;) {
    const unit: Unit = { position: at, bytes: ALONE.has(at) ? 1 : 2 };
    units.push(unit);
    at += unit.bytes;
  }
  return units;
}

const EVERY_BYTE = IntervalSet.of({ begin: 0, end: 0xff });
const EVERY_HALF_WORD = IntervalSet.of({ begin: 0, end: 0xffff });

/**
 * Gives all values that a place can have.
 *
 * @param position Where a unit begins.
 */
export function everyValue(position: Position): IntervalSet {
  return ALONE.has(position) ? EVERY_BYTE : EVERY_HALF_WORD;
}
