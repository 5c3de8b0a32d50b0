import type { Packet } from "../path/packet.ts";

/** Gone packets at the front of the array before it is cut. */
const COMPACTION_THRESHOLD = 64;

/** A list of packets with cheap ends. */
export class PacketList {
  #packets: (Packet | undefined)[] = [];
  #head = 0;

  /** Packets in it. */
  get length(): number {
    return this.#packets.length - this.#head;
  }

  /** The packet that {@linkcode shift} would give. */
  get first(): Packet | undefined {
    return this.#packets[this.#head];
  }

  /** @param packet What to append. */
  push(packet: Packet): void {
    this.#packets.push(packet);
  }

  /** Takes out the first packet. */
  shift(): Packet | undefined {
    const packet = this.#packets[this.#head];
    if (packet === undefined) return undefined;
    this.#packets[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACTION_THRESHOLD && this.#head * 2 >= this.#packets.length) {
      this.#packets = this.#packets.slice(this.#head);
      this.#head = 0;
    }
    return packet;
  }
}
