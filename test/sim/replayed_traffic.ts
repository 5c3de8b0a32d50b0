import { parseIpv4 } from "../../sim/model/ipv4.ts";
import type { Machine } from "../../sim/model/machine.ts";
import { PROTOCOL_UDP } from "../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../sim/packet/udp.ts";
import { Datapath } from "../../sim/path/datapath.ts";
import { Ipv4Stack } from "../../sim/path/ipv4_stack.ts";
import { makeLinkQueues } from "../../sim/qdisc/link_queues.ts";
import { NS_PER_MS, type VirtualClock } from "../../sim/time/virtual_clock.ts";
import { type Datagrams, SOURCE_PORT } from "../support/transcript.ts";

/** The datagrams of a transcript, in virtual time. */
export class ReplayedTraffic {
  readonly #clock: VirtualClock;
  readonly #stack: Ipv4Stack;

  /**
   * @param machine The machine that plays the recorded one.
   * @param clock Its clock.
   */
  constructor(machine: Machine, clock: VirtualClock) {
    this.#clock = clock;
    const datapath = new Datapath({
      clock,
      makeQueues: makeLinkQueues,
      makeStack: (context, namespace) => new Ipv4Stack(context, namespace),
    });
    const stack = datapath.stack(machine.home);
    if (!(stack instanceof Ipv4Stack)) throw new TypeError("The stack is one of ours");
    this.#stack = stack;
  }

  /** @param datagrams What is sent, all at one moment. */
  send({ count, bytes, address, port, tos }: Datagrams): void {
    const destination = parseIpv4(address);
    if (destination === undefined) throw new SyntaxError(`"${address}" is no address`);
    const payload = new Uint8Array(bytes);
    const ports = { sourcePort: SOURCE_PORT, destinationPort: port };
    for (let i = 0; i < count; i++) {
      this.#stack.send({
        destination,
        protocol: PROTOCOL_UDP,
        trafficClass: tos,
        payload: (source) => encodeUdp({ source, destination }, { ...ports, payload }),
      });
    }
    this.wait(0);
  }

  /** @param milliseconds How much time passes. */
  wait(milliseconds: number): void {
    this.#clock.runTo(this.#clock.nowNs + milliseconds * NS_PER_MS);
  }
}
