import type { Action } from "../model/action.ts";
import type { Link } from "../model/link.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import type { TraceStage } from "../trace/packet_trace.ts";
import type { Packet } from "./packet.ts";

/** What every part of the datapath may ask of the others. */
export interface PathContext {
  /** The one clock. */
  readonly clock: VirtualClock;
  /**
   * Makes a packet of a frame.
   *
   * @param bytes The frame from its Ethernet header on.
   * @param link The link that it is on.
   */
  newPacket(bytes: Uint8Array, link: Link): Packet;
  /**
   * Sends a frame out of the link that it is on, through its egress filters and its queue.
   *
   * @param packet The packet.
   */
  send(packet: Packet): void;
  /**
   * Carries a mirred action out.
   *
   * @param action The action.
   * @param packet The packet.
   * @returns A number of `VERDICT`, or -1 where the next filter is asked.
   */
  mirred(action: Action, packet: Packet): number;
  /**
   * Ends a packet's way in nothing.
   *
   * @param packet The packet.
   * @param reason The rule of the kernel that says so.
   */
  drop(packet: Packet, reason: string): void;
  /**
   * Ends a packet's way where it was meant to go.
   *
   * @param packet The packet.
   * @param to Who took it.
   */
  delivered(packet: Packet, to: string): void;
  /**
   * Writes into a packet's trace; nothing where nobody asked for one.
   *
   * @param packet The packet.
   * @param stage Which part of the kernel.
   * @param what What was done.
   * @param matched Whether a filter's test passed.
   */
  note(packet: Packet, stage: TraceStage, what: string, matched?: boolean): void;
  /**
   * Says something unusual about a run: a loop, an impossible configuration.
   *
   * @param finding One sentence.
   */
  find(finding: string): void;
  /**
   * Gives the IPv4 stack of a namespace.
   *
   * @param namespace The namespace.
   */
  stack(namespace: NetworkNamespace): IpStack;
}

/** The parts of a namespace's IPv4 stack that arriving packets are given to. */
export interface IpStack {
  /**
   * Takes an ARP packet.
   *
   * @param packet The packet.
   */
  receiveArp(packet: Packet): void;
  /**
   * Takes an IPv4 packet.
   *
   * @param packet The packet.
   */
  receiveIp(packet: Packet): void;
}
