import type { Link } from "../model/link.ts";
import { readUint16 } from "../packet/bytes.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  VLAN_TAG_BYTES,
} from "../packet/ethernet.ts";
import type { PacketTrace } from "../trace/packet_trace.ts";

/** Whom a frame is for, as seen by the link that received it. */
export type PacketType = "host" | "broadcast" | "multicast" | "otherhost";

/** Whoever is charged for a packet while it waits on the machine that made it. */
export interface PacketOwner {
  /**
   * The packet has left the machine's queues, or was lost in them.
   *
   * @param lengthBytes Size of the frame.
   */
  uncharge(lengthBytes: number): void;
}

/** A frame under way, and what the kernel remembers of it. */
export class Packet {
  /** Number of the packet, for traces; copies have numbers of their own. */
  readonly id: number;
  /** The frame from its Ethernet header on; whoever changes it asks for `ownBytes`. */
  bytes: Uint8Array;
  /** Where the network header begins in `bytes`. */
  networkOffset: number;
  /** EtherType that filters see: the tag's where there is one. */
  protocol: number;
  /** Whom it is for. */
  type: PacketType = "host";
  /** The link that it is on: the receiver after arrival, the sender before it leaves. */
  link: Link;
  /** What its VLAN tag said, once it is carried beside the frame; undefined before. */
  tagControl: number | undefined;
  /** Class or flow chosen by its sender; 0 for none. */
  priority = 0;
  /**
   * Whether routing was decided before it arrived, as it is for packets that a machine sends
   * itself.
   */
  isRouted = false;
  /** Whoever is charged while it waits. */
  owner: PacketOwner | undefined;
  /** When it entered the queue that it waits in, in nanoseconds. */
  enqueuedAtNs = 0;
  /** Links that it has crossed. */
  hops = 0;
  /** Its path so far; undefined where nobody asked. */
  trace: PacketTrace | undefined;
  /** Whether a copy may hold the same bytes. */
  #sharesBytes = false;

  /**
   * @param id Its number.
   * @param bytes The frame from its Ethernet header on.
   * @param link The link that it is on.
   */
  constructor(id: number, bytes: Uint8Array, link: Link) {
    this.id = id;
    this.bytes = bytes;
    this.link = link;
    this.protocol = bytes.length >= ETHERNET_HEADER_BYTES ? readUint16(bytes, 12) : 0;
    this.networkOffset = ETHERNET_HEADER_BYTES + (this.hasTag ? VLAN_TAG_BYTES : 0);
  }

  /** Whether it has a VLAN tag, which the kernel takes off before it looks at the frame. */
  get hasTag(): boolean {
    return this.protocol === ETHERTYPE_VLAN || this.protocol === ETHERTYPE_SERVICE_VLAN;
  }

  /** Size of the frame in bytes, without a tag that is carried beside it. */
  get lengthBytes(): number {
    return this.bytes.length;
  }

  /** Takes its VLAN tag off, to be carried beside it. The addresses move up to what is behind. */
  takeTagAside(): void {
    const { bytes } = this;
    this.tagControl = readUint16(bytes, ETHERNET_HEADER_BYTES);
    const rest = new Uint8Array(bytes.length - VLAN_TAG_BYTES);
    rest.set(bytes.subarray(0, ADDRESSES_BYTES));
    rest.set(bytes.subarray(ADDRESSES_BYTES + VLAN_TAG_BYTES), ADDRESSES_BYTES);
    this.bytes = rest;
    this.#sharesBytes = false;
    this.networkOffset = ETHERNET_HEADER_BYTES;
  }

  /** Memory that Linux would charge for it: a buffer from its size classes, and its descriptor. */
  get memoryBytes(): number {
    let bufferBytes = 512;
    while (bufferBytes < this.bytes.length + BUFFER_OVERHEAD_BYTES) bufferBytes *= 2;
    return bufferBytes + DESCRIPTOR_BYTES;
  }

  /** Its bytes to write to: they are no longer those of any copy. */
  get ownBytes(): Uint8Array {
    if (this.#sharesBytes) {
      this.bytes = this.bytes.slice();
      this.#sharesBytes = false;
    }
    return this.bytes;
  }

  /**
   * Makes a copy that goes its own way. Both share their bytes until one of them is written to.
   *
   * @param id The copy's number.
   */
  clone(id: number): Packet {
    const copy = new Packet(id, this.bytes, this.link);
    this.#sharesBytes = true;
    copy.#sharesBytes = true;
    copy.type = this.type;
    copy.priority = this.priority;
    copy.protocol = this.protocol;
    copy.networkOffset = this.networkOffset;
    copy.tagControl = this.tagControl;
    copy.isRouted = this.isRouted;
    copy.hops = this.hops;
    return copy;
  }

  /** Ends the charge on whoever sent it, once. */
  orphan(): void {
    const owner = this.owner;
    this.owner = undefined;
    owner?.uncharge(this.lengthBytes);
  }

  /**
   * Reads 32 bits. A real frame lies in a larger buffer, so what is before its first byte can be
   * read, and is 0 here.
   *
   * @param index Index of the first byte in `bytes`; the last one must lie inside.
   * @returns The bits as a signed number.
   */
  wordAt(index: number): number {
    const { bytes } = this;
    return (bytes[index] ?? 0) << 24 | (bytes[index + 1] ?? 0) << 16 |
      (bytes[index + 2] ?? 0) << 8 | (bytes[index + 3] ?? 0);
  }
}

/** Both MAC addresses of a frame. */
const ADDRESSES_BYTES = 12;
const DESCRIPTOR_BYTES = 256;
const BUFFER_OVERHEAD_BYTES = 384;
