import { finishChecksum, sumWords } from "../../../sim/packet/checksum.ts";
import type { Random } from "../../support/random.ts";
import { PAIRS } from "./topology.ts";

const PORTS = [31000, 31001, 31007, 31008, 53, 0, 65535];
const PROTOCOLS = [17, 17, 6, 6, 1, 47];
const ETHER_TYPES = [0x0800, 0x0800, 0x0800, 0x0800, 0x0800, 0x0806, 0x86dd, 0x88cc];
const VLAN = 0x8100;
/** Smallest frame that a packet socket takes, in bytes: the Ethernet header. */
const FRAME_BYTES_MIN = 14;
const PAYLOAD_BYTES_MAX = 60;

/**
 * Makes a frame: mostly an IPv4 packet with ports that filters know; at times a fragment, one with
 * options, with a VLAN tag, with wrong lengths or checksums, from somebody else, or cut short.
 *
 * @param entrance Number of the pair that it is put on.
 * @param random Makes the choices.
 * @returns Its bytes, from the Ethernet header on.
 */
export function makeFrame(entrance: number, random: Random): Uint8Array {
  const etherType = random.pick(ETHER_TYPES);
  const isTagged = random.below(12) === 0;
  const body = etherType === 0x0800
    ? makeIpv4(random)
    : randomBytes(random.between(0, PAYLOAD_BYTES_MAX), random);
  const tag = isTagged ? [...word(VLAN), ...word(random.below(4096))] : [];
  const frame = [...makeMacs(entrance, random), ...tag, ...word(etherType), ...body];
  const isCut = random.below(10) === 0;
  const length = isCut ? random.between(FRAME_BYTES_MIN, frame.length) : frame.length;
  return Uint8Array.from(frame.slice(0, length));
}

function makeMacs(entrance: number, random: Random): number[] {
  const own = PAIRS.map(([near, far]) => [near.mac, far.mac].map(bytesOfMac));
  const [from, to] = own[entrance] ?? [];
  const someone = own[random.below(own.length)]?.[1] ?? [];
  const others = [
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01],
    someone,
  ];
  const destination = random.below(3) === 0 ? random.pick(others) : to ?? [];
  const source = random.below(6) === 0 ? someone : from ?? [];
  return [...destination, ...source];
}

function bytesOfMac(mac: string): number[] {
  return mac.split(":").map((part) => parseInt(part, 16));
}

function makeIpv4(random: Random): number[] {
  const options = random.below(6) === 0 ? random.pick([4, 8, 40]) : 0;
  const headerBytes = 20 + options;
  const protocol = random.pick(PROTOCOLS);
  const payload = [
    ...makePorts(protocol, random),
    ...randomBytes(random.between(0, PAYLOAD_BYTES_MAX), random),
  ];
  const isOdd = random.below(12) === 0;
  const version = isOdd ? random.below(256) : 0x40 | headerBytes / 4;
  const length = random.below(12) === 0 ? random.below(2000) : headerBytes + payload.length;
  const fragment = random.below(6) === 0 ? random.pick([0x2000, 0x0001, 0x2003, 0x1fff]) : 0;
  const header = [
    ...[version, random.pick([0, 0, 16]), ...word(length), ...word(random.below(65536))],
    ...[...word(fragment | (random.below(4) === 0 ? 0x4000 : 0)), 64, protocol, 0, 0],
    ...[10, 0, random.below(2), random.between(1, 2), 10, 0, random.below(2), random.between(1, 2)],
    // No operation, over and over, is an option that every host takes.
    ...Array.from({ length: options }, () => 1),
  ];
  const sum = random.below(12) === 0
    ? 0
    : finishChecksum(sumWords(Uint8Array.from(header), 0, header.length));
  header.splice(10, 2, ...word(sum));
  return [...header, ...payload];
}

function makePorts(protocol: number, random: Random): number[] {
  if (protocol === 1) return [random.pick([0, 3, 8]), 0, 0, 0, 0, 1, 0, 1];
  return [...word(random.pick(PORTS)), ...word(random.pick(PORTS)), 0, 8, 0, 0];
}

function word(value: number): number[] {
  return [value >>> 8 & 0xff, value & 0xff];
}

function randomBytes(count: number, random: Random): number[] {
  return Array.from({ length: count }, () => random.below(256));
}
