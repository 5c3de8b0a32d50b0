import { finishChecksum, sumWords } from "../../../sim/packet/checksum.ts";
import { parseIpv4 } from "../../../src/routing/address.ts";
import type { SteeredHost, Steering } from "../../../src/isolator/prove/steering.ts";
import type { Random } from "../../support/random.ts";

/** What attackers know of a host. */
interface Knowledge {
  readonly macs: readonly (readonly number[])[];
  readonly addresses: readonly number[];
  readonly ports: readonly number[];
}

const PROTOCOLS = [6, 6, 17, 17, 1, 1, 47, 132, 0, 255];
const ICMP_TYPES = [0, 3, 3, 3, 4, 5, 8, 8, 11, 12, 13];
const ETHER_TYPES = [...new Array<number>(9).fill(0x0800), 0x0806, 0x0806, 0x86dd, 0x88cc, 0x0026];
const VLAN_TYPES = [0x8100, 0x8100, 0x88a8];
const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const MULTICAST = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01];
/** Smallest frame that a packet socket takes, in bytes: the Ethernet header. */
const FRAME_BYTES_MIN = 14;
const HEADER_BYTES = 20;

/** Makes hostile frames: each wrong or forged in some way, or honest for once. */
export class HostileFrames {
  readonly #knowledge: Knowledge;
  readonly #random: Random;
  #identification = 0;

  /**
   * @param steering The host that is attacked.
   * @param random Makes the choices.
   */
  constructor(steering: Steering, random: Random) {
    this.#knowledge = knowledgeOf(steering);
    this.#random = random;
  }

  /** Makes the next one: its bytes, from the Ethernet header on. */
  next(): Uint8Array {
    const random = this.#random;
    this.#identification++;
    const type = random.pick(ETHER_TYPES);
    const body = type === 0x0800 ? this.#ipv4() : type === 0x0806 ? this.#arp() : this.#noise(60);
    const tags = this.#rarely(14)
      ? [...word(random.pick(VLAN_TYPES)), ...word(random.pick([0, 1, 0x2005]))]
      : [];
    const frame = [...this.#macs(), ...tags, ...word(type), ...body];
    const isCut = this.#rarely(8);
    const length = isCut ? random.between(FRAME_BYTES_MIN, frame.length) : frame.length;
    return Uint8Array.from(frame.slice(0, length));
  }

  /** True once in so many times. */
  #rarely(times: number): boolean {
    return this.#random.below(times) === 0;
  }

  #macs(): number[] {
    const random = this.#random;
    const { macs } = this.#knowledge;
    const own = macs[0] ?? [];
    const other = () => random.pick([...macs, BROADCAST, MULTICAST, this.#noise(6, 6)]);
    const destination = this.#rarely(4) ? other() : own;
    const source = this.#rarely(4) ? other() : own;
    return [...destination, ...source];
  }

  #ipv4(): number[] {
    const random = this.#random;
    const options = this.#rarely(6) ? this.#options() : [];
    const protocol = random.pick(PROTOCOLS);
    const addresses = [this.#address(), this.#address()];
    const payload = this.#payload(protocol, addresses);
    const headerBytes = HEADER_BYTES + options.length;
    const version = this.#rarely(16) ? random.below(256) : 0x40 | headerBytes / 4;
    const length = this.#rarely(16) ? random.below(2000) : headerBytes + payload.length;
    const fragment = this.#rarely(6) ? random.pick([0x2000, 1, 0x2001, 0x1fff, 0x00b9]) : 0;
    const header = [
      ...[version, 0, ...word(length), ...word(this.#identification)],
      ...[...word(fragment), random.pick([0, 1, 64, 64, 64]), protocol, 0, 0],
      ...addresses.flatMap(long),
      ...options,
    ];
    const isSound = !this.#rarely(16);
    if (isSound) header.splice(10, 2, ...word(checksum(header)));
    return [...header, ...payload];
  }

  /** Nothing, over and over; or noise; or bytes that look like ports. */
  #options(): number[] {
    const words = this.#random.pick([1, 1, 2, 10]);
    const kind = this.#random.below(3);
    if (kind === 0) return new Array<number>(words * 4).fill(1);
    if (kind === 1) return this.#noise(words * 4, words * 4);
    return Array.from({ length: words }, () => [...word(this.#port()), ...word(this.#port())])
      .flat();
  }

  #payload(protocol: number, addresses: readonly number[]): number[] {
    if (protocol === 1) return this.#icmp();
    const data = this.#noise(24);
    const ports = [...word(this.#port()), ...word(this.#port())];
    if (protocol === 17) {
      return [...ports, ...word(8 + data.length), 0, 0, ...data];
    }
    if (protocol !== 6) return [...ports, ...data];
    const flags = this.#random.pick([0x02, 0x10, 0x12, 0x04, 0x01]);
    const segment = [...ports, ...this.#noise(8, 8), 0x50, flags, 0x20, 0, 0, 0, 0, 0, ...data];
    const pseudo = [...addresses.flatMap(long), 0, 6, ...word(segment.length)];
    segment.splice(16, 2, ...word(checksum([...pseudo, ...segment])));
    return segment;
  }

  #icmp(): number[] {
    const random = this.#random;
    const type = this.#rarely(12) ? random.below(256) : random.pick(ICMP_TYPES);
    const isError = [3, 4, 5, 11, 12].includes(type);
    const rest = isError ? this.#quote() : this.#noise(16);
    const message = [type, random.below(6), 0, 0, ...this.#noise(4, 4), ...rest];
    if (!this.#rarely(16)) message.splice(2, 2, ...word(checksum(message)));
    return message;
  }

  /** The packet that an error claims to be about. */
  #quote(): number[] {
    const random = this.#random;
    const options = this.#rarely(6) ? this.#options() : [];
    const fragment = this.#rarely(8) ? random.pick([0x2000, 1, 0x1fff]) : 0;
    const first = this.#rarely(24) ? random.below(256) : 0x40 | (HEADER_BYTES + options.length) / 4;
    return [
      ...[first, 0, 0, 60, ...word(random.below(65536))],
      ...[...word(fragment), 64, random.pick([6, 17, 6, 17, 1, 47]), 0, 0],
      ...[...long(this.#address()), ...long(this.#address()), ...options],
      ...[...word(this.#port()), ...word(this.#port()), 0, 8, 0, 0],
    ];
  }

  #arp(): number[] {
    const random = this.#random;
    const { macs } = this.#knowledge;
    const mac = () => this.#rarely(4) ? this.#noise(6, 6) : random.pick(macs);
    const kinds = this.#rarely(8) ? this.#noise(6, 6) : [0, 1, 8, 0, 6, 4];
    const operation = random.pick([1, 1, 1, 2, 2, 3, 9]);
    const sender = this.#address();
    const target = this.#rarely(3) ? sender : this.#address();
    return [...kinds, 0, operation, ...mac(), ...long(sender), ...mac(), ...long(target)];
  }

  #address(): number {
    return this.#random.pick(this.#knowledge.addresses);
  }

  #port(): number {
    return this.#rarely(6) ? this.#random.below(65536) : this.#random.pick(this.#knowledge.ports);
  }

  #noise(most: number, least = 0): number[] {
    const length = this.#random.between(least, most);
    return Array.from({ length }, () => this.#random.below(256));
  }
}

/** All ports at the edges of what somebody owns, and all addresses of everybody. */
function knowledgeOf({ host, owners }: Steering): Knowledge {
  const edges = owners.flatMap(({ ports }) =>
    ports.intervals.flatMap(({ begin, end }) => [begin - 1, begin, begin, end, end + 1])
  );
  const ports = [...edges.filter((port) => port >= 0 && port <= 0xffff), 80, 8080];
  return { macs: macsOf(host), addresses: addressesOf(host), ports };
}

function macsOf({ mac }: SteeredHost): number[][] {
  const own = mac.split(":").map((part) => Number.parseInt(part, 16));
  return [own, [...own.slice(0, 5), 0x01], [...own.slice(0, 5), 0x99]];
}

function addressesOf({ address, gateway }: SteeredHost): number[] {
  const others = ["10.77.0.9", "127.0.0.2", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1"];
  return [address, address, address, gateway, gateway, "127.0.0.1", "127.0.0.1", ...others]
    .map(parseIpv4);
}

function checksum(bytes: readonly number[]): number {
  const even = bytes.length % 2 === 0 ? bytes : [...bytes, 0];
  return finishChecksum(sumWords(Uint8Array.from(even), 0, even.length));
}

function word(value: number): number[] {
  return [value >>> 8 & 0xff, value & 0xff];
}

function long(value: number): number[] {
  return [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
}
