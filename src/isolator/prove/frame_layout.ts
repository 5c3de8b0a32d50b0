import { NETWORK, type Position, QUOTE, QUOTED_TRANSPORT, TRANSPORT } from "./position.ts";

/** Bytes of an Ethernet header, and of a VLAN tag behind it. */
export const ETHERNET_BYTES = 14;
export const TAG_BYTES = 4;

/** Bytes of an IPv4 header without options. */
const PLAIN_HEADER_BYTES = 20;

/** Where the parts of one frame begin, in bytes from its first. */
export class FrameLayout {
  readonly #network: number;
  readonly #transport: number;
  readonly #quotedTransport: number;

  /**
   * @param isTagged Whether it has a VLAN tag.
   * @param headerBytes Bytes of its network header.
   * @param quotedHeaderBytes Bytes of the network header that it quotes.
   */
  constructor(isTagged: boolean, headerBytes: number, quotedHeaderBytes: number) {
    this.#network = ETHERNET_BYTES + (isTagged ? TAG_BYTES : 0);
    this.#transport = this.#network + headerBytes;
    this.#quotedTransport = this.#transport + (QUOTE - TRANSPORT) + quotedHeaderBytes;
  }

  /**
   * Gives the place of a position in the frame.
   *
   * @param position The position; in the Ethernet header, of a frame without its tag.
   */
  indexOf(position: Position): number {
    if (position < NETWORK) return position - NETWORK + ETHERNET_BYTES;
    if (position < NETWORK + PART_BYTES) return position - NETWORK + this.#network;
    return position < QUOTED_TRANSPORT - NETWORK
      ? position - TRANSPORT + this.#transport
      : position - QUOTED_TRANSPORT + this.#quotedTransport;
  }

  /**
   * Gives the position of a place behind the Ethernet header.
   *
   * @param index Bytes from the frame's first.
   */
  positionOf(index: number): Position {
    if (index >= this.#quotedTransport) return index - this.#quotedTransport + QUOTED_TRANSPORT;
    return index >= this.#transport
      ? index - this.#transport + TRANSPORT
      : index - this.#network + NETWORK;
  }
}

/** More than any network header has. */
const PART_BYTES = 0x100;

/**
 * Reads the length of an IPv4 header.
 *
 * @param first Its first byte; undefined where the packet ends before it.
 * @returns Bytes; those of a header without options where it is too short to be one.
 */
export function headerBytes(first: number | undefined): number {
  return Math.max(PLAIN_HEADER_BYTES, ((first ?? 0) & 0x0f) * 4);
}
