import type { NetworkNamespace } from "../model/namespace.ts";
import { writeUint16 } from "../packet/bytes.ts";
import type { DecodedIpv4 } from "../packet/ipv4.ts";
import { writeHeaderChecksum } from "../packet/ipv4.ts";
import { NS_PER_SECOND, type Timer } from "../time/virtual_clock.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";

/** How long a datagram waits for its last fragment (`ipfrag_time`). */
const WAIT_NS = 30 * NS_PER_SECOND;
/** Largest datagram in bytes. */
const DATAGRAM_BYTES_MAX = 65_535;

/** Bytes of a datagram that have come. */
interface Piece {
  readonly begin: number;
  readonly end: number;
  readonly packet: Packet;
  readonly header: DecodedIpv4;
}

/** A datagram of which something is missing. */
interface Waiting {
  readonly pieces: Piece[];
  /** Bytes of the whole payload; undefined until its last fragment has come. */
  totalBytes: number | undefined;
  readonly timer: Timer;
}

/** A first fragment whose others did not come in time. */
export type Expired = (packet: Packet, header: DecodedIpv4) => void;

/** Puts datagrams together from their fragments, as the kernel's `ip_defrag` does. */
export class Reassembly {
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #expired: Expired;
  readonly #waiting = new Map<string, Waiting>();

  /**
   * @param context What is around it.
   * @param namespace Whose datagrams.
   * @param expired Hears of a first fragment whose others did not come in time.
   */
  constructor(context: PathContext, namespace: NetworkNamespace, expired: Expired) {
    this.#context = context;
    this.#namespace = namespace;
    this.#expired = expired;
  }

  /**
   * Takes a fragment.
   *
   * @param packet The packet.
   * @param header Its header.
   * @returns The first fragment's packet with the whole datagram in it, once nothing is missing.
   */
  add(packet: Packet, header: DecodedIpv4): Packet | undefined {
    this.#namespace.snmp.add("Ip", "ReasmReqds");
    const { source, destination, identification, protocol } = header;
    const key = `${packet.link.index} ${source} ${destination} ${identification} ${protocol}`;
    const waiting = this.#waiting.get(key) ?? this.#open(key);
    const fault = insert(waiting, packet, header);
    if (fault !== undefined) {
      this.#context.drop(packet, fault.reason);
      if (fault.endsAll) this.#fail(key, waiting, fault.reason);
      return undefined;
    }
    this.#context.note(packet, "reassemble", `bytes from ${header.fragmentOffsetBytes} on`);
    const whole = complete(waiting);
    if (whole === undefined) return undefined;
    this.#close(key, waiting);
    this.#namespace.snmp.add("Ip", "ReasmOKs");
    for (const { packet: other } of waiting.pieces) {
      if (other !== whole) this.#context.delivered(other, "part of a whole datagram");
    }
    return whole;
  }

  #open(key: string): Waiting {
    const timer = this.#context.clock.after(WAIT_NS, () => this.#expire(key));
    const waiting: Waiting = { pieces: [], totalBytes: undefined, timer };
    this.#waiting.set(key, waiting);
    return waiting;
  }

  #close(key: string, waiting: Waiting): void {
    waiting.timer.cancel();
    this.#waiting.delete(key);
  }

  #fail(key: string, waiting: Waiting, reason: string): void {
    this.#close(key, waiting);
    const { snmp } = this.#namespace;
    snmp.add("Ip", "ReasmFails");
    if (reason === OVERLAP) snmp.add("IpExt", "ReasmOverlaps");
    for (const { packet } of waiting.pieces) this.#context.drop(packet, reason);
  }

  #expire(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#namespace.snmp.add("Ip", "ReasmTimeout");
    const first = waiting.pieces[0];
    this.#fail(key, waiting, "fragment reassembly timeout");
    if (first?.begin === 0) this.#expired(first.packet, first.header);
  }
}

const OVERLAP = "fragments overlap";

/** Why a fragment is refused, and whether its whole datagram goes with it. */
interface Fault {
  readonly reason: string;
  readonly endsAll: boolean;
}

/** Puts a fragment among those that wait. */
function insert(waiting: Waiting, packet: Packet, header: DecodedIpv4): Fault | undefined {
  const begin = header.fragmentOffsetBytes;
  const payloadBytes = header.totalBytes - header.headerBytes;
  const contradiction = { reason: "fragments contradict each other", endsAll: true };
  let end = begin + payloadBytes;
  const { pieces, totalBytes } = waiting;
  const reached = pieces.reduce((most, piece) => Math.max(most, piece.end), 0);
  if (header.headerBytes + end > DATAGRAM_BYTES_MAX) {
    return { reason: "datagram too long", endsAll: false };
  }
  if (!header.moreFragments) {
    if (end < reached || (totalBytes !== undefined && end !== totalBytes)) return contradiction;
    waiting.totalBytes = end;
  } else {
    end = begin + (payloadBytes & ~7);
    if (end > reached && totalBytes !== undefined) return contradiction;
  }
  if (end === begin) return { reason: "empty fragment", endsAll: true };
  const next = pieces.findIndex((piece) => piece.end > begin);
  const later = next === -1 ? undefined : pieces[next];
  if (later !== undefined && later.begin < end) {
    // What is there already, whole, is only a duplicate.
    const isInside = begin >= later.begin && end <= later.end;
    return isInside
      ? { reason: "duplicate fragment", endsAll: false }
      : { reason: OVERLAP, endsAll: true };
  }
  pieces.splice(next === -1 ? pieces.length : next, 0, { begin, end, packet, header });
  return undefined;
}

/** Makes the first fragment's packet whole, where nothing is missing. */
function complete({ pieces, totalBytes }: Waiting): Packet | undefined {
  let reached = 0;
  for (const { begin, end } of pieces) {
    if (begin !== reached) return undefined;
    reached = end;
  }
  const first = pieces[0];
  if (first === undefined || reached !== totalBytes) return undefined;
  const { packet, header } = first;
  const payloadAt = packet.networkOffset + header.headerBytes;
  const bytes = new Uint8Array(payloadAt + totalBytes);
  bytes.set(packet.bytes.subarray(0, payloadAt));
  for (const { begin, end, packet: part, header: its } of pieces) {
    const from = part.networkOffset + its.headerBytes;
    bytes.set(part.bytes.subarray(from, from + end - begin), payloadAt + begin);
  }
  writeUint16(bytes, packet.networkOffset + 2, header.headerBytes + totalBytes);
  writeUint16(bytes, packet.networkOffset + 6, 0);
  writeHeaderChecksum(bytes, packet.networkOffset, header.headerBytes);
  packet.bytes = bytes;
  return packet;
}
