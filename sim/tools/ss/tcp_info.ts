/**
 * The second line of a socket: what TCP knows (`-i`) and the memory it takes (`-m`).
 *
 * @module
 */

import type { SocketEntry, SocketMemory, TcpInfo } from "../../model/socket.ts";
import { shortNumber, wholeNumber } from "./number_text.ts";

const CONGESTION_CONTROL_DEFAULT = "cubic";

/** The window that every connection starts with, in segments: RFC 6928. */
const INITIAL_WINDOW = 10;

/** A timeout of three seconds is what a connection has before it knows better, and not shown. */
const RTO_UNKNOWN_MS = 3000;

/** Thresholds from here on are as good as infinite, and not shown. */
const THRESHOLD_SHOWN_BELOW = 0xffff;

/** How much of TCP is told. */
export interface TcpInfoOptions {
  /** Now, in nanoseconds of the machine's clock. */
  readonly nowNs: number;
  /** Whether the extensions in use are named (`-o`). */
  readonly showsExtensions: boolean;
}

/**
 * Spells what TCP knows of a socket.
 *
 * @param socket The socket.
 * @param options When it is told, and how much.
 * @returns Words with a blank before each; empty of a socket that TCP keeps no more than its
 * addresses of.
 */
export function tcpInfoText(socket: SocketEntry, options: TcpInfoOptions): string {
  const { state, tcp, receiveQueue } = socket;
  if (state === "LISTEN") {
    const name = tcp?.more?.congestionControl ?? CONGESTION_CONTROL_DEFAULT;
    return ` ${name} cwnd:${INITIAL_WINDOW}${counted("unacked", receiveQueue)}`;
  }
  if (tcp === undefined) return "";
  const extensions = options.showsExtensions ? tcp.more?.extensions ?? [] : [];
  return extensions.map((name) => ` ${name}`).join("") + pathText(tcp) + volumeText(tcp) +
    paceText(tcp, options.nowNs) + lossText(tcp) + windowText(tcp);
}

/** A word that is left out where its number is 0. */
function counted(key: string, value: number | undefined): string {
  return value === undefined || value === 0 ? "" : ` ${key}:${value}`;
}

function timed(key: string, valueUs: number | undefined): string {
  return valueUs === undefined || valueUs === 0 ? "" : ` ${key}:${shortNumber(valueUs / 1000)}`;
}

function rated(key: string, bitsPerSecond: number | undefined): string {
  return bitsPerSecond === undefined || bitsPerSecond === 0
    ? ""
    : ` ${key} ${wholeNumber(bitsPerSecond)}bps`;
}

function pathText(tcp: TcpInfo): string {
  const { windowScale, rtoMs, rttUs, rttVarianceUs, slowStartThreshold, more = {} } = tcp;
  const threshold = slowStartThreshold !== undefined && slowStartThreshold < THRESHOLD_SHOWN_BELOW
    ? slowStartThreshold
    : 0;
  return [
    ` ${more.congestionControl ?? CONGESTION_CONTROL_DEFAULT}`,
    windowScale === undefined ? "" : ` wscale:${windowScale.send},${windowScale.receive}`,
    rtoMs === 0 || rtoMs === RTO_UNKNOWN_MS ? "" : ` rto:${shortNumber(rtoMs)}`,
    counted("backoff", more.backoff),
    rttUs === 0 ? "" : `${timed("rtt", rttUs)}/${shortNumber(rttVarianceUs / 1000)}`,
    timed("ato", more.ackTimeoutMs === undefined ? 0 : more.ackTimeoutMs * 1000),
    counted("mss", tcp.mss),
    counted("pmtu", tcp.pathMtu),
    counted("rcvmss", tcp.receiveMss),
    counted("advmss", tcp.advertisedMss),
    counted("cwnd", tcp.congestionWindow),
    counted("ssthresh", threshold),
  ].join("");
}

function volumeText(tcp: TcpInfo): string {
  return [
    counted("bytes_sent", tcp.bytesSent),
    counted("bytes_retrans", tcp.more?.bytesRetransmitted),
    counted("bytes_acked", tcp.bytesAcked),
    counted("bytes_received", tcp.bytesReceived),
    counted("segs_out", tcp.segmentsOut),
    counted("segs_in", tcp.segmentsIn),
    counted("data_segs_out", tcp.dataSegmentsOut),
    counted("data_segs_in", tcp.dataSegmentsIn),
  ].join("");
}

function paceText(tcp: TcpInfo, nowNs: number): string {
  const { mss, congestionWindow, rttUs, more = {} } = tcp;
  const since = (atNs: number) => Math.floor((nowNs - atNs) / 1e6);
  return [
    rttUs === 0 ? "" : rated("send", congestionWindow * mss * 8_000_000 / rttUs),
    counted("lastsnd", since(tcp.lastSentAtNs)),
    counted("lastrcv", since(tcp.lastReceivedAtNs)),
    counted("lastack", since(tcp.lastAckedAtNs)),
    rated("pacing_rate", (more.pacingRateBytesPerSecond ?? 0) * 8),
    rated("delivery_rate", (more.deliveryRateBytesPerSecond ?? 0) * 8),
    counted("delivered", more.delivered),
    more.isApplicationLimited === true ? " app_limited" : "",
    more.busyMs === undefined || more.busyMs === 0 ? "" : ` busy:${more.busyMs}ms`,
  ].join("");
}

function lossText(tcp: TcpInfo): string {
  const { retransmitsNow, retransmitsTotal, more = {} } = tcp;
  const wasRetransmitted = retransmitsNow > 0 || retransmitsTotal > 0;
  return [
    counted("unacked", tcp.unacknowledged),
    wasRetransmitted ? ` retrans:${retransmitsNow}/${retransmitsTotal}` : "",
    counted("lost", more.lost),
    counted("sacked", more.selectivelyAcknowledged),
  ].join("");
}

function windowText({ more = {} }: TcpInfo): string {
  return [
    timed("rcv_rtt", more.receiveRttUs),
    counted("rcv_space", more.receiveSpaceBytes),
    counted("rcv_ssthresh", more.receiveThresholdBytes),
    counted("notsent", more.notSentBytes),
    timed("minrtt", more.minimumRttUs),
    counted("snd_wnd", more.sendWindowBytes),
  ].join("");
}

/**
 * Spells the memory that a socket takes.
 *
 * @param memory Its memory.
 * @returns One word with a blank before it.
 */
export function memoryText(memory: SocketMemory): string {
  const fields = [
    `r${memory.receiveBytes}`,
    `rb${memory.receiveLimitBytes}`,
    `t${memory.sendBytes}`,
    `tb${memory.sendLimitBytes}`,
    `f${memory.forwardBytes}`,
    `w${memory.queuedBytes}`,
    `o${memory.optionBytes}`,
    `bl${memory.backlogBytes}`,
    `d${memory.drops}`,
  ];
  return ` skmem:(${fields.join(",")})`;
}
