import type { SnmpCounters } from "../routing/snmp.ts";

/** Counters of one protocol, by the kernel's own names. */
export type SnmpGroup = Readonly<Record<string, bigint>>;

/** A container's protocol counters, in the reference's names. */
export interface SnmpStatistics {
  /** The 19 counters of IP. */
  readonly ip_stats?: SnmpGroup;
  /** The 27 counters of ICMP. */
  readonly icmp_stats?: SnmpGroup;
  /** The 15 counters of TCP. */
  readonly tcp_stats?: SnmpGroup;
  /** The 8 counters of UDP. */
  readonly udp_stats?: SnmpGroup;
}

/**
 * The groups that the reference reports: their names, the kernel's, and the counters of each. The
 * kernel has gained others since; they are left out.
 */
const GROUPS: readonly (readonly [keyof SnmpStatistics, string, readonly string[]])[] = [
  [
    "ip_stats",
    "Ip",
    words(
      "Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos " +
        "InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds " +
        "ReasmOKs ReasmFails FragOKs FragFails FragCreates",
    ),
  ],
  [
    "icmp_stats",
    "Icmp",
    words(
      "InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs " +
        "InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps " +
        "OutMsgs OutErrors OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects " +
        "OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps",
    ),
  ],
  [
    "tcp_stats",
    "Tcp",
    words(
      "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets " +
        "CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors",
    ),
  ],
  [
    "udp_stats",
    "Udp",
    words(
      "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors " +
        "IgnoredMulti",
    ),
  ],
];

function words(text: string): string[] {
  return text.split(" ");
}

/**
 * Picks the counters that the reference reports.
 *
 * @param protocols All counters of a namespace.
 * @returns Those that this kernel has.
 */
export function snmpStatistics(protocols: ReadonlyMap<string, SnmpCounters>): SnmpStatistics {
  return Object.fromEntries(GROUPS.flatMap(([group, protocol, names]) => {
    const counters = protocols.get(protocol);
    if (counters === undefined) return [];
    const known = names.flatMap((name) => {
      const value = counters.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    return [[group, Object.fromEntries(known)] as const];
  }));
}
