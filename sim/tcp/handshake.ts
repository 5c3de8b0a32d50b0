/**
 * What the two SYNs of a connection offer, and what both sides then hold to.
 *
 * @module
 */

import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";
import { TCP_TIMESTAMP_BYTES } from "../packet/tcp_options.ts";
import type { TcpSettings } from "./settings.ts";

/** Bytes of the IPv4 and TCP headers without options. */
export const HEADERS_BYTES = 40;

/** Largest payload of a peer that names none (RFC 9293), and smallest one that Linux believes. */
const MSS = { unnamed: 536, smallest: 48 };

/** Bits of a window that its 16-bit field can carry, and most bits of a scale (RFC 7323). */
const WINDOW_FIELD_BITS = 15;
const SCALE_BITS_MAX = 14;

/** Flags by which a SYN asks for ECN (RFC 3168); its answer carries the first of them alone. */
const ECN_REQUEST = TCP_FLAG.ece | TCP_FLAG.cwr;

/** What both sides hold to once each has seen the other's SYN. */
export interface Agreement {
  /** Largest payload that the peer takes, its options not yet taken off. */
  readonly peerMss: number;
  /** Bits by which the peer's windows are shifted. */
  readonly sendScaleBits: number;
  /** Bits by which the windows for the peer are shifted. */
  readonly receiveScaleBits: number;
  /** Whether windows are scaled at all. */
  readonly hasWindowScale: boolean;
  /** Whether every segment carries timestamps. */
  readonly hasTimestamps: boolean;
  /** Whether both speak of what came before its turn. */
  readonly hasSack: boolean;
  /** Whether both react to congestion marks. */
  readonly hasEcn: boolean;
}

/** Options of a SYN. */
export type SynOptions = Pick<
  TcpSegment,
  "maximumSegmentBytes" | "windowScaleBits" | "sackPermitted"
>;

/**
 * Gives the options of a SYN.
 *
 * @param settings How this side behaves.
 * @param answered The SYN that it answers; undefined where it is the first.
 */
export function synOptions(settings: TcpSettings, answered: TcpSegment | undefined): SynOptions {
  const scales = answered === undefined || answered.windowScaleBits !== undefined;
  const speaksOfGaps = settings.sack && (answered === undefined || answered.sackPermitted === true);
  return {
    maximumSegmentBytes: settings.mtu - HEADERS_BYTES,
    ...(scales ? { windowScaleBits: scaleBits(settings) } : {}),
    ...(speaksOfGaps ? { sackPermitted: true } : {}),
  };
}

/**
 * Gives the flags by which a SYN speaks of ECN.
 *
 * @param settings How this side behaves.
 * @param answered The SYN that it answers; undefined where it is the first.
 */
export function ecnFlags(settings: TcpSettings, answered: TcpSegment | undefined): number {
  if (answered === undefined) return settings.ecn === "request" ? ECN_REQUEST : 0;
  return settings.ecn !== "off" && asksForEcn(answered) ? TCP_FLAG.ece : 0;
}

/**
 * Finds out what both sides hold to.
 *
 * @param settings How this side behaves.
 * @param syn The peer's SYN, with ACK or without.
 */
export function agree(settings: TcpSettings, syn: TcpSegment): Agreement {
  const isAnswer = (syn.flags & TCP_FLAG.ack) !== 0;
  const hasWindowScale = syn.windowScaleBits !== undefined;
  const hasTimestamps = settings.timestamps && syn.timestamps !== undefined;
  const answersEcn = settings.ecn === "request" && (syn.flags & ECN_REQUEST) === TCP_FLAG.ece;
  const peerMss = Math.max(syn.maximumSegmentBytes ?? MSS.unnamed, MSS.smallest);
  return {
    peerMss,
    sendScaleBits: Math.min(syn.windowScaleBits ?? 0, SCALE_BITS_MAX),
    receiveScaleBits: hasWindowScale ? scaleBits(settings) : 0,
    hasWindowScale,
    hasTimestamps,
    hasSack: settings.sack && syn.sackPermitted === true,
    hasEcn: isAnswer ? answersEcn : settings.ecn !== "off" && asksForEcn(syn),
  };
}

/**
 * Gives the largest payload of a segment to the peer.
 *
 * @param agreement What both hold to.
 * @param mtu MTU of the path in bytes.
 */
export function sendMss(agreement: Agreement, mtu: number): number {
  const mss = Math.min(agreement.peerMss, mtu - HEADERS_BYTES);
  return mss - (agreement.hasTimestamps ? TCP_TIMESTAMP_BYTES : 0);
}

function asksForEcn(syn: TcpSegment): boolean {
  return (syn.flags & ECN_REQUEST) === ECN_REQUEST;
}

/** The scale by which the largest window fits its field (`tcp_select_initial_window`). */
function scaleBits({ receiveMemoryBytes }: TcpSettings): number {
  const bits = Math.floor(Math.log2(receiveMemoryBytes.maximum)) - WINDOW_FIELD_BITS;
  return Math.min(Math.max(bits, 0), SCALE_BITS_MAX);
}
