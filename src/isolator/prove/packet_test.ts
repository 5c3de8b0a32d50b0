import { IntervalSet } from "../../ports/mod.ts";
import type { PacketSet, Test } from "./packet_set.ts";
import {
  NETWORK,
  type Position,
  QUOTE,
  QUOTED_TRANSPORT,
  TAG,
  TRANSPORT,
  TYPE,
  unitsAt,
} from "./position.ts";
import { valuesUnder } from "./values_under.ts";

/** The value at {@linkcode TAG} of frames without a tag. */
export const NO_TAG: IntervalSet = valuesUnder(0, 0xffff, 16);

/** Headers are read in words of this many bytes. */
const WORD_BYTES = 4;

/**
 * Makes the test that a number stands somewhere.
 *
 * @param position Where its first byte is.
 * @param bytes Its bytes, 1 to 6.
 * @param value The number.
 * @param mask Which bits of it count; all when left out.
 */
export function testValue(position: Position, bytes: number, value: number, mask?: number): Test {
  const units: [Position, IntervalSet][] = [];
  for (const unit of unitsAt(position, bytes)) {
    const shift = 2 ** (8 * (position + bytes - unit.position - unit.bytes));
    const limit = 2 ** (8 * unit.bytes);
    const part = (number: number) => Math.floor(number / shift) % limit;
    const bits = mask === undefined ? limit - 1 : part(mask);
    if (bits === 0) continue;
    units.push([
      unit.position,
      valuesUnder(part(value) & bits, bits, unit.bytes === 1 ? 8 : 16),
    ]);
  }
  return { until: untilWord(position + bytes), units };
}

/** A packet is read up to the end of a word. */
function untilWord(position: Position): Position {
  return Math.ceil(position / WORD_BYTES) * WORD_BYTES;
}

/** Fields of a packet by name: where each begins, its bytes, and which bits of them it is. */
const FIELDS = {
  destinationMac: [NETWORK - 14, 6],
  sourceMac: [NETWORK - 8, 6],
  type: [TYPE, 2],
  headerWords: [NETWORK, 1, 0x0f],
  fragmentOffset: [NETWORK + 6, 2, 0x1fff],
  protocol: [NETWORK + 9, 1],
  source: [NETWORK + 12, 4],
  destination: [NETWORK + 16, 4],
  sourcePort: [TRANSPORT, 2],
  destinationPort: [TRANSPORT + 2, 2],
  icmpType: [TRANSPORT, 2, 0xff00],
  quotedHeaderWords: [QUOTE, 1, 0x0f],
  quotedFragmentOffset: [QUOTE + 6, 2, 0x1fff],
  quotedProtocol: [QUOTE + 9, 1],
  quotedDestination: [QUOTE + 16, 4],
  quotedSourcePort: [QUOTED_TRANSPORT, 2],
  quotedDestinationPort: [QUOTED_TRANSPORT + 2, 2],
  arpHardware: [NETWORK, 2],
  arpKinds: [NETWORK, 6],
  arpOperation: [NETWORK + 6, 2],
  arpSenderMac: [NETWORK + 8, 6],
  arpSender: [NETWORK + 14, 4],
  arpTarget: [NETWORK + 24, 4],
} as const satisfies Readonly<Record<string, readonly [Position, number, number?]>>;

/** Name of a field of a packet. */
export type FieldName = keyof typeof FIELDS;

/** The fields that are ports. */
export type PortField =
  | "sourcePort"
  | "destinationPort"
  | "quotedSourcePort"
  | "quotedDestinationPort";

/**
 * Tests a field.
 *
 * @param name Its name.
 * @param value The number that it must be.
 */
export function testField(name: FieldName, value: number): Test {
  const [position, bytes, mask]: readonly [Position, number, number?] = FIELDS[name];
  const shift = mask === undefined ? 1 : mask & -mask;
  return testValue(position, bytes, value * shift, mask);
}

/**
 * Tests whether a field is one of several numbers.
 *
 * @param name A field of one unit.
 * @param values The numbers, at least one.
 */
export function testEither(name: FieldName, values: readonly number[]): Test {
  const tests = values.map((value) => testField(name, value));
  const units = tests.flatMap((test) => test.units);
  const [position = 0] = units[0] ?? [];
  const either = units.reduce((sum, [, each]) => sum.union(each), IntervalSet.of());
  return { until: tests[0]?.until ?? 0, units: [[position, either]] };
}

/**
 * Tests the type of frames without a VLAN tag.
 *
 * @param type The EtherType.
 */
export function testType(type: number): Test {
  const { until, units } = testField("type", type);
  return { until, units: [[TAG, NO_TAG], ...units] };
}

/** EtherType of IPv4. */
export const TYPE_IP = 0x0800;

const IPV4 = valuesUnder(TYPE_IP, 0xffff, 16);

/**
 * Tells whether packets are IPv4 without a VLAN tag, all of them, so that their headers have
 * lengths.
 *
 * @param packets The set.
 */
export function isIpv4(packets: PacketSet): boolean {
  const types = packets.at(TYPE);
  return types.size === 1 && types.overlaps(IPV4) && !isTagged(packets);
}

/**
 * Tells whether packets have a VLAN tag; a set holds either such packets or others.
 *
 * @param packets The set.
 */
export function isTagged(packets: PacketSet): boolean {
  return !packets.at(TAG).contains(NO_TAG);
}

/**
 * Tests a port.
 *
 * @param name Which port.
 * @param ports What it may be.
 */
export function testPorts(name: PortField, ports: IntervalSet): Test {
  return { until: untilPort(name), units: [[portPosition(name), ports]] };
}

/**
 * Tells up to where a packet must reach to have a port.
 *
 * @param name Which port.
 */
export function untilPort(name: PortField): Position {
  const [position, bytes] = FIELDS[name];
  return untilWord(position + bytes);
}

/**
 * Gives the position of a port.
 *
 * @param name Which port.
 */
export function portPosition(name: PortField): Position {
  return FIELDS[name][0];
}
