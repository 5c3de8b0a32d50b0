import { IntervalSet } from "../../ports/mod.ts";
import { ETHERNET_BYTES, FrameLayout, headerBytes, TAG_BYTES } from "./frame_layout.ts";
import { TYPE_IP } from "./packet_test.ts";
import { PacketSet } from "./packet_set.ts";
import {
  NETWORK,
  type Position,
  QUOTE,
  QUOTED_TRANSPORT,
  TAG,
  TRANSPORT,
  unitsAt,
} from "./position.ts";

const VLAN_TYPES = [0x8100, 0x88a8];

/** Bytes of each part that are looked at; filters ask no further. */
const PART_BYTES = 64;

/**
 * Makes the set of one packet.
 *
 * @param frame Its bytes, from the Ethernet header on. What a header of fewer than five words is
 *   followed by is taken to be 20 bytes behind its beginning.
 */
export function onePacket(frame: Uint8Array): PacketSet {
  const type = halfWord(frame, ETHERNET_BYTES - 2);
  const isTagged = VLAN_TYPES.includes(type);
  const network = ETHERNET_BYTES + (isTagged ? TAG_BYTES : 0);
  // Behind what is no header nothing begins.
  const isIp = type === TYPE_IP;
  const bytes = isIp ? headerBytes(frame[network]) : frame.length;
  const quote = network + bytes + QUOTE - TRANSPORT;
  const layout = new FrameLayout(isTagged, bytes, headerBytes(frame[quote]));
  const values = new Map<Position, IntervalSet>([[TAG, only(isTagged ? type : 0)]]);
  for (const { position, bytes } of UNITS) {
    const isType = isTagged && position === NETWORK - 2;
    const index = isType ? network - 2 : layout.indexOf(position);
    const isHalf = bytes === 1 || index + 1 >= frame.length;
    const value = isHalf ? frame[index] : halfWord(frame, index);
    if (value !== undefined) values.set(position, only(value));
  }
  const end = layout.positionOf(frame.length);
  return PacketSet.of(values, end, end + 1);
}

const UNITS = [
  unitsAt(NETWORK - ETHERNET_BYTES, ETHERNET_BYTES),
  ...[NETWORK, TRANSPORT, QUOTED_TRANSPORT].map((begin) => unitsAt(begin, PART_BYTES)),
].flat();

/** Sets of one value, made when first they are needed. */
const singles: IntervalSet[] = [];

function only(value: number): IntervalSet {
  return singles[value] ??= IntervalSet.of({ begin: value, end: value });
}

function halfWord(frame: Uint8Array, index: number): number {
  return (frame[index] ?? 0) << 8 | (frame[index + 1] ?? 0);
}
