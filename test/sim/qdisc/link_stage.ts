import { assert, assertEquals } from "@std/assert";
import { ALL_FEATURES } from "../../../sim/model/features.ts";
import type { Link } from "../../../sim/model/link.ts";
import { Machine } from "../../../sim/model/machine.ts";
import { Wire } from "../../../sim/model/wire.ts";
import { encodeEthernet, ETHERTYPE_IPV4 } from "../../../sim/packet/ethernet.ts";
import { encodeIpv4 } from "../../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../../sim/packet/udp.ts";
import { Datapath } from "../../../sim/path/datapath.ts";
import type { Packet } from "../../../sim/path/packet.ts";
import { makeLinkQueues } from "../../../sim/qdisc/link_queues.ts";
import { SimKernel } from "../../../sim/sim_kernel.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { NS_PER_SECOND, VirtualClock } from "../../../sim/time/virtual_clock.ts";

/** What a frame is like that a test sends. */
export interface FrameSpec {
  /** Size with the Ethernet header, at least 42 bytes. */
  readonly lengthBytes?: number;
  /** Source port, which tells flows apart. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Class that its sender chose (`SO_PRIORITY`). */
  readonly priority?: number;
  /** ECN bits of its IP header: 2 says that it may be marked. */
  readonly ecn?: number;
}

/** A frame that has arrived at the other end. */
export interface Arrival {
  readonly timeNs: number;
  readonly packet: Packet;
}

const HEADERS_BYTES = 14 + 20 + 8;
const ADDRESSES = { source: 0x0a000001, destination: 0x0a000002 };

/** One link with a qdisc under test, and everything that arrives at its other end. */
export class LinkStage {
  readonly clock = new VirtualClock();
  readonly machine: Machine;
  readonly kernel: SimKernel;
  readonly datapath: Datapath;
  /** What has arrived at the other end. */
  readonly arrivals: Arrival[] = [];

  /** @param seed What chance begins with. */
  constructor(seed = 1) {
    const random = new SeededRandom(seed);
    this.machine = new Machine({
      clock: this.clock,
      random,
      isSandboxed: true,
      features: ALL_FEATURES,
    });
    this.kernel = new SimKernel(this.machine);
    const take = (packet: Packet) => {
      this.arrivals.push({ timeNs: this.clock.nowNs, packet });
      this.datapath.delivered(packet, "stack");
    };
    this.datapath = new Datapath({
      clock: this.clock,
      makeQueues: makeLinkQueues,
      makeStack: () => ({ receiveArp: take, receiveIp: take }),
    });
  }

  /**
   * Makes a stage with a veth link `out` that is up.
   *
   * @param lines Further commands.
   */
  static async veth(...lines: readonly string[]): Promise<LinkStage> {
    const stage = new LinkStage();
    await stage.run(
      "ip link add out type veth peer name far",
      "ip link set out up",
      "ip link set far up",
      ...lines,
    );
    return stage;
  }

  /**
   * Runs commands, all of which succeed.
   *
   * @param lines The commands.
   * @returns What the last one printed.
   */
  async run(...lines: readonly string[]): Promise<string> {
    let stdout = "";
    for (const line of lines) {
      const [tool, ...args] = line.split(" ");
      assert(tool === "ip" || tool === "tc");
      const output = await this.kernel.execute({ tool, args, effect: "change" });
      assertEquals(output.status, 0, `${line}: ${output.stderr}`);
      stdout = output.stdout;
    }
    return stdout;
  }

  /** @param name Name of a link. */
  link(name: string): Link {
    const link = this.machine.home.linkByName(name);
    assert(link !== undefined, name);
    return link;
  }

  /**
   * Gives a card's two ends a wire and a speed.
   *
   * @param link Name of a physical link.
   */
  wire(...links: readonly Link[]): void {
    const wire = new Wire("wire");
    for (const link of links) wire.connect(link);
  }

  /**
   * Sends one frame.
   *
   * @param spec What it is like.
   * @param link Where to; `out` when left out.
   */
  send(spec: FrameSpec = {}, link: Link = this.link("out")): Packet {
    const packet = this.datapath.newPacket(frame(spec), link);
    packet.priority = spec.priority ?? 0;
    this.datapath.send(packet);
    return packet;
  }

  /**
   * Keeps a sender busy: at every moment some of its packets wait, until a time has come.
   *
   * @param spec What its frames are like.
   * @param untilNs When it stops.
   * @param waiting How many frames wait.
   */
  keepBusy(spec: FrameSpec, untilNs: number, waiting = 5): void {
    const link = this.link("out");
    const bytes = frame(spec);
    const owner = { uncharge: () => this.clock.after(0, next) };
    const next = () => {
      if (this.clock.nowNs >= untilNs) return;
      const packet = this.datapath.newPacket(bytes, link);
      packet.priority = spec.priority ?? 0;
      packet.owner = owner;
      this.datapath.send(packet);
    };
    for (let i = 0; i < waiting; i++) this.clock.after(0, next);
  }

  /** @param seconds How much virtual time goes by. */
  runFor(seconds: number): void {
    this.clock.runTo(this.clock.nowNs + seconds * NS_PER_SECOND);
  }

  /**
   * Adds up what arrived from a source port in a span of time.
   *
   * @param sourcePort The port; every one when left out.
   * @param fromNs Beginning of the span.
   * @param toNs End of the span.
   */
  arrivedBytes(sourcePort?: number, fromNs = 0, toNs = Infinity): number {
    let sum = 0;
    for (const { timeNs, packet } of this.arrivals) {
      if (timeNs < fromNs || timeNs >= toNs) continue;
      if (sourcePort === undefined || sourcePortOf(packet) === sourcePort) {
        sum += packet.lengthBytes;
      }
    }
    return sum;
  }
}

/** @param packet A frame of {@linkcode LinkStage.send}. @returns Its source port. */
export function sourcePortOf({ bytes }: Packet): number {
  return ((bytes[34] ?? 0) << 8) | (bytes[35] ?? 0);
}

function frame(spec: FrameSpec): Uint8Array {
  const { lengthBytes = 1514, sourcePort = 1000, destinationPort = 9, ecn = 0 } = spec;
  const payload = new Uint8Array(lengthBytes - HEADERS_BYTES);
  const datagram = encodeUdp(ADDRESSES, { sourcePort, destinationPort, payload });
  const ip = encodeIpv4({ ...ADDRESSES, protocol: 17, trafficClass: ecn }, datagram);
  const addresses = { destination: 0xffffffffffff, source: 0x020000000001 };
  return encodeEthernet({ ...addresses, etherType: ETHERTYPE_IPV4 }, ip);
}
