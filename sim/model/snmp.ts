/** Counters of a namespace by group, under the names that `/proc/net/snmp` has, in its order. */
const SNMP_FIELDS = {
  Ip: [
    "Forwarding",
    "DefaultTTL",
    "InReceives",
    "InHdrErrors",
    "InAddrErrors",
    "ForwDatagrams",
    "InUnknownProtos",
    "InDiscards",
    "InDelivers",
    "OutRequests",
    "OutDiscards",
    "OutNoRoutes",
    "ReasmTimeout",
    "ReasmReqds",
    "ReasmOKs",
    "ReasmFails",
    "FragOKs",
    "FragFails",
    "FragCreates",
    "OutTransmits",
  ],
  Icmp: [
    "InMsgs",
    "InErrors",
    "InCsumErrors",
    "InDestUnreachs",
    "InTimeExcds",
    "InParmProbs",
    "InSrcQuenchs",
    "InRedirects",
    "InEchos",
    "InEchoReps",
    "InTimestamps",
    "InTimestampReps",
    "InAddrMasks",
    "InAddrMaskReps",
    "OutMsgs",
    "OutErrors",
    "OutRateLimitGlobal",
    "OutRateLimitHost",
    "OutDestUnreachs",
    "OutTimeExcds",
    "OutParmProbs",
    "OutSrcQuenchs",
    "OutRedirects",
    "OutEchos",
    "OutEchoReps",
    "OutTimestamps",
    "OutTimestampReps",
    "OutAddrMasks",
    "OutAddrMaskReps",
  ],
  Tcp: [
    "RtoAlgorithm",
    "RtoMin",
    "RtoMax",
    "MaxConn",
    "ActiveOpens",
    "PassiveOpens",
    "AttemptFails",
    "EstabResets",
    "CurrEstab",
    "InSegs",
    "OutSegs",
    "RetransSegs",
    "InErrs",
    "OutRsts",
    "InCsumErrors",
  ],
  Udp: [
    "InDatagrams",
    "NoPorts",
    "InErrors",
    "OutDatagrams",
    "RcvbufErrors",
    "SndbufErrors",
    "InCsumErrors",
    "IgnoredMulti",
    "MemErrors",
  ],
  UdpLite: [
    "InDatagrams",
    "NoPorts",
    "InErrors",
    "OutDatagrams",
    "RcvbufErrors",
    "SndbufErrors",
    "InCsumErrors",
    "IgnoredMulti",
    "MemErrors",
  ],
} as const;

/** A group of counters. */
export type SnmpGroup = keyof typeof SNMP_FIELDS;
/** A counter of a group. */
export type SnmpField<G extends SnmpGroup> = typeof SNMP_FIELDS[G][number];

/** The protocol counters of one namespace. */
export class Snmp {
  readonly #values: Map<string, number> = new Map();
  /** ICMP messages by direction and type, as `IcmpMsg` lists them: `InType8`. */
  readonly icmpTypes: Map<string, number> = new Map();

  /** @returns The groups in the order of `/proc/net/snmp`. */
  static get groups(): readonly SnmpGroup[] {
    return ["Ip", "Icmp", "Tcp", "Udp", "UdpLite"];
  }

  /** @param group A group. @returns Its counters' names, in order. */
  static fields(group: SnmpGroup): readonly string[] {
    return SNMP_FIELDS[group];
  }

  /** @param group A group. @param field One of its counters. @returns How far it has counted. */
  get(group: SnmpGroup, field: string): number {
    return this.#values.get(`${group}.${field}`) ?? 0;
  }

  /**
   * Counts.
   *
   * @param group A group.
   * @param field One of its counters.
   * @param by How many; negative for gauges such as `CurrEstab`.
   */
  add<G extends SnmpGroup>(group: G, field: SnmpField<G>, by = 1): void {
    const key = `${group}.${field}`;
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }
}
