import type { Ipv4 } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import type { Mac } from "../model/mac.ts";
import {
  ageNeighbour,
  isValid,
  type Neighbour,
  type NeighbourState,
  newNeighbour,
} from "../model/neighbour.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { writeMac } from "../packet/mac_address.ts";
import { NS_PER_SECOND, type Timer } from "../time/virtual_clock.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";

/** Time between two questions (`retrans_time`). */
const RETRANSMIT_NS = NS_PER_SECOND;
/** Time for which a doubtful neighbour is used before it is asked (`delay_first_probe_time`). */
const DELAY_NS = 5 * NS_PER_SECOND;
/** Questions to everybody (`mcast_solicit`), and to a neighbour that was known (`ucast_solicit`). */
const PROBES_MAX = 3;
/** Memory that may wait for one answer (`unres_qlen_bytes`). */
const WAITING_BYTES_MAX = 212_992;

/** States in which nothing needs to be asked. */
const CONNECTED: ReadonlySet<NeighbourState> = new Set<NeighbourState>([
  "PERMANENT",
  "NOARP",
  "REACHABLE",
]);

/** What a protocol that resolves addresses says of a neighbour. */
export interface NeighbourNews {
  /** Its MAC address. */
  readonly mac: Mac;
  /** Whether it answered, or was just heard of. */
  readonly state: "REACHABLE" | "STALE";
  /** Whether the news is believed where it contradicts what is known. */
  readonly overrides: boolean;
}

/** What is under way for a neighbour: packets, who hears of their loss, and the next step. */
interface Pending {
  readonly packets: Packet[];
  unreachable: ((packet: Packet) => void) | undefined;
  timer: Timer | undefined;
}

/**
 * The neighbours of a namespace and how sure they are, as the kernel's `neighbour.c` keeps them:
 * INCOMPLETE while it is asked for, REACHABLE once it answered, STALE when that was long ago, DELAY
 * when it is used nevertheless, PROBE when it is asked once more, FAILED when it never answered.
 */
export class Neighbours {
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #ask: (neighbour: Neighbour, waiting: Packet | undefined) => void;
  readonly #pending = new Map<Neighbour, Pending>();

  /**
   * @param context What is around it.
   * @param namespace Whose neighbours.
   * @param ask Sends a question: to the neighbour alone where its MAC address is known. Of the
   *   packets that wait it hears of the last one.
   */
  constructor(
    context: PathContext,
    namespace: NetworkNamespace,
    ask: (neighbour: Neighbour, waiting: Packet | undefined) => void,
  ) {
    this.#context = context;
    this.#namespace = namespace;
    this.#ask = ask;
  }

  /**
   * Sends a packet to a neighbour, asking for its MAC address first where that is unknown.
   *
   * @param packet The packet, on the link that it leaves by.
   * @param nextHop The neighbour's address.
   * @param unreachable Is called with each packet whose neighbour does not answer.
   */
  send(packet: Packet, nextHop: Ipv4, unreachable: (packet: Packet) => void): void {
    const { link } = packet;
    const nowNs = this.#context.clock.nowNs;
    const known = this.find(link, nextHop);
    if (known?.mac !== undefined && isValid(known.state)) {
      if (known.state === "STALE") {
        this.#enter(known, "DELAY");
        this.#schedule(known, DELAY_NS);
      }
      if (!CONNECTED.has(known.state)) known.usedAtNs = nowNs;
      return this.transmit(packet, known.mac);
    }
    const neighbour = known ?? this.#create(link, nextHop, undefined, "INCOMPLETE");
    neighbour.usedAtNs = nowNs;
    const pending = this.#pendingOf(neighbour);
    pending.unreachable = unreachable;
    this.#wait(pending, packet);
    if (pending.timer !== undefined) return;
    this.#enter(neighbour, "INCOMPLETE");
    neighbour.probes = 0;
    this.#probe(neighbour);
  }

  /**
   * Sends a packet to a MAC address.
   *
   * @param packet The packet, on the link that it leaves by.
   * @param mac The address.
   */
  transmit(packet: Packet, mac: Mac): void {
    const bytes = packet.ownBytes;
    writeMac(bytes, 0, mac);
    writeMac(bytes, 6, packet.link.mac);
    this.#context.send(packet);
  }

  /** @param link Which side. @param address Whom. @returns The entry as it is now. */
  find(link: Link, address: Ipv4): Neighbour | undefined {
    const neighbour = this.#namespace.neighbours.get(link, address);
    if (neighbour !== undefined) ageNeighbour(neighbour, this.#context.clock.nowNs);
    return neighbour;
  }

  /**
   * Takes news of a neighbour (`neigh_update`).
   *
   * @param link Which side.
   * @param address Whom.
   * @param news What is said of it; an unknown one is remembered.
   */
  update(link: Link, address: Ipv4, news: NeighbourNews): void {
    const known = this.find(link, address);
    const neighbour = known ?? this.#create(link, address, news.mac, news.state);
    const { state: old } = neighbour;
    if (old === "PERMANENT" || old === "NOARP") return;
    const nowNs = this.#context.clock.nowNs;
    const isSame = neighbour.mac === news.mac;
    const { state } = news;
    if (state === "REACHABLE") neighbour.confirmedAtNs = nowNs;
    if (isValid(old)) {
      if (!isSame && !news.overrides) return;
      // A neighbour that is known already is not doubted because it was heard of.
      if (isSame && state === "STALE") return;
    }
    if (!isSame && state === "STALE") neighbour.confirmedAtNs = nowNs - 2 * neighbour.reachableNs;
    neighbour.mac = news.mac;
    this.#enter(neighbour, state);
    const pending = this.#pending.get(neighbour);
    pending?.timer?.cancel();
    this.#pending.delete(neighbour);
    for (const packet of pending?.packets ?? []) this.transmit(packet, news.mac);
  }

  #create(link: Link, address: Ipv4, mac: Mac | undefined, state: NeighbourState): Neighbour {
    const patience = this.#namespace.machine.random.nextUint32() / 2 ** 32;
    const nowNs = this.#context.clock.nowNs;
    const neighbour = newNeighbour({ link, address }, { mac, state, nowNs, patience });
    this.#namespace.neighbours.set(neighbour);
    return neighbour;
  }

  #pendingOf(neighbour: Neighbour): Pending {
    const known = this.#pending.get(neighbour);
    if (known !== undefined) return known;
    const pending = { packets: [], unreachable: undefined, timer: undefined };
    this.#pending.set(neighbour, pending);
    return pending;
  }

  /** Lets a packet wait; the oldest one goes where there are too many. */
  #wait({ packets }: Pending, packet: Packet): void {
    this.#context.note(packet, "neighbour", "waits for a MAC address");
    packets.push(packet);
    let bytes = packets.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    while (bytes > WAITING_BYTES_MAX) {
      const oldest = packets.shift();
      if (oldest === undefined) return;
      bytes -= oldest.memoryBytes;
      this.#context.drop(oldest, "neighbour queue full (unres_qlen_bytes)");
    }
  }

  #enter(neighbour: Neighbour, state: NeighbourState): void {
    neighbour.state = state;
    neighbour.updatedAtNs = this.#context.clock.nowNs;
  }

  #schedule(neighbour: Neighbour, delayNs: number): void {
    const pending = this.#pendingOf(neighbour);
    pending.timer = this.#context.clock.after(delayNs, () => this.#step(neighbour));
  }

  /** The time of a state is over (`neigh_timer_handler`). */
  #step(neighbour: Neighbour): void {
    const current = this.#namespace.neighbours.get(neighbour.link, neighbour.address);
    if (current !== neighbour) return this.#replaced(neighbour, current);
    if (neighbour.state === "DELAY") {
      if (this.#context.clock.nowNs <= neighbour.confirmedAtNs + DELAY_NS) {
        this.#pending.delete(neighbour);
        return this.#enter(neighbour, "REACHABLE");
      }
      this.#enter(neighbour, "PROBE");
      neighbour.probes = 0;
    }
    if (neighbour.probes < PROBES_MAX) this.#probe(neighbour);
    else this.#fail(neighbour);
  }

  #probe(neighbour: Neighbour): void {
    neighbour.probes += 1;
    this.#schedule(neighbour, RETRANSMIT_NS);
    this.#ask(neighbour, this.#pending.get(neighbour)?.packets.at(-1));
  }

  #fail(neighbour: Neighbour): void {
    const pending = this.#pending.get(neighbour);
    this.#pending.delete(neighbour);
    this.#enter(neighbour, "FAILED");
    neighbour.mac = undefined;
    for (const packet of pending?.packets ?? []) {
      pending?.unreachable?.(packet);
      this.#context.drop(packet, "neighbour unreachable");
    }
  }

  /** A command put another entry in the place of one that was asked for, or took it away. */
  #replaced(neighbour: Neighbour, current: Neighbour | undefined): void {
    const packets = this.#pending.get(neighbour)?.packets ?? [];
    this.#pending.delete(neighbour);
    for (const packet of packets) {
      if (current?.mac === undefined) this.#context.drop(packet, "neighbour taken away");
      else this.transmit(packet, current.mac);
    }
  }
}
