import type { Link } from "../model/link.ts";
import type { Packet } from "../path/packet.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";

/** Nanoseconds that a byte takes at one Mbit/s. */
const NS_PER_BYTE_AT_1_MBIT = 8000;

/**
 * The sending side of a card. A physical link on a wire sends one frame at a time, at its speed,
 * and stops its queue meanwhile, as a ring of one place would. Every other link sends at once.
 */
export class Transmitter {
  readonly #link: Link;
  readonly #clock: VirtualClock;
  readonly #transmit: (packet: Packet) => void;
  readonly #sent: () => void;
  #underWay: Packet | undefined;

  /**
   * @param link The link.
   * @param clock The one clock.
   * @param events Where a frame goes that has left, and who hears that the next one may follow.
   */
  constructor(
    link: Link,
    clock: VirtualClock,
    events: { readonly transmit: (packet: Packet) => void; readonly ready: () => void },
  ) {
    this.#link = link;
    this.#clock = clock;
    this.#transmit = events.transmit;
    this.#sent = () => {
      const packet = this.#underWay;
      this.#underWay = undefined;
      if (packet !== undefined) this.#transmit(packet);
      events.ready();
    };
  }

  /** Whether a frame is being sent. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  /**
   * Sends a frame.
   *
   * @param packet The frame; none is being sent.
   */
  send(packet: Packet): void {
    const { wire, speedMbitPerSecond } = this.#link;
    if (wire === undefined || speedMbitPerSecond === undefined) return this.#transmit(packet);
    this.#underWay = packet;
    const durationNs = packet.lengthBytes * NS_PER_BYTE_AT_1_MBIT / speedMbitPerSecond;
    this.#clock.after(durationNs, this.#sent);
  }
}
