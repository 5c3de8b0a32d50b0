import { ECN } from "../../../sim/packet/ipv4.ts";
import { decodeTcp, TCP_FLAG, type TcpSegment } from "../../../sim/packet/tcp.ts";
import type { Host } from "./two_hosts.ts";

const LETTERS: readonly (readonly [string, number])[] = [
  ["F", TCP_FLAG.fin],
  ["S", TCP_FLAG.syn],
  ["R", TCP_FLAG.rst],
  ["P", TCP_FLAG.psh],
  [".", TCP_FLAG.ack],
  ["E", TCP_FLAG.ece],
  ["W", TCP_FLAG.cwr],
];

/** What becomes of a segment on its way. */
export type Fate = "arrives" | "lost" | "marked";

/** A segment as it is written down. */
export interface Seen {
  /** Which host sent it, 0 or 1. */
  readonly from: number;
  /** How many that host sent before it. */
  readonly index: number;
  /** When it arrived or was lost, in milliseconds. */
  readonly atMs: number;
  /** What it is, as `tcpdump` would say it: numbers count from each side's own SYN. */
  readonly text: string;
  /** Bytes that it carries. */
  readonly payloadBytes: number;
}

/**
 * Writes down the segments between two hosts, and decides what becomes of them.
 *
 * @param hosts The hosts.
 * @param fateOf Decides; everything arrives when left out.
 * @returns The segments so far.
 */
export function tapSegments(
  hosts: readonly [Host, Host],
  fateOf: (seen: Seen) => Fate = () => "arrives",
): Seen[] {
  const first = new Map<string, number>();
  const counts = [0, 0];
  const log: Seen[] = [];
  hosts.forEach(({ stack, machine }, i) => {
    const receive = stack.tcp.receive.bind(stack.tcp);
    const from = 1 - i;
    stack.tcp.receive = (datagram) => {
      const { header, payload, packet } = datagram;
      const segment = decodeTcp(header, payload);
      if (segment === undefined) throw new Error("a segment that nobody can read");
      const name = `${header.source}:${segment.sourcePort}`;
      const peer = `${header.destination}:${segment.destinationPort}`;
      if ((segment.flags & TCP_FLAG.syn) !== 0) first.set(name, segment.sequence);
      const index = counts[from] ?? 0;
      counts[from] = index + 1;
      const text = describe(segment, first.get(name), first.get(peer));
      const payloadBytes = segment.payload.length;
      const seen = { from, index, atMs: machine.clock.nowNs / 1e6, text, payloadBytes };
      log.push(seen);
      const fate = fateOf(seen);
      if (fate === "lost") return stack.drop(packet, "lost by the test");
      const trafficClass = fate === "marked" ? ECN.congested : header.trafficClass;
      receive({ ...datagram, header: { ...header, trafficClass } });
    };
  });
  return log;
}

/** Texts of what a host sent. */
export function textsFrom(log: readonly Seen[], from: number): string[] {
  return log.filter((seen) => seen.from === from).map(({ text }) => text);
}

function describe(segment: TcpSegment, own: number | undefined, peers: number | undefined): string {
  const { flags, sequence, acknowledgment, window, payload } = segment;
  const offset = (sequence - (own ?? sequence)) >>> 0;
  const hasAck = (flags & TCP_FLAG.ack) !== 0;
  const acknowledged = hasAck ? (acknowledgment - (peers ?? acknowledgment)) >>> 0 : 0;
  const letters = LETTERS.flatMap(([letter, bit]) => (flags & bit) === 0 ? [] : letter).join("");
  return `${letters} seq ${offset} ack ${acknowledged} win ${window} len ${payload.length}`;
}
