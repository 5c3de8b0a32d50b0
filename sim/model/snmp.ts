/** Counters of protocols without connections. */
const DATAGRAM_FIELDS = [
  "InDatagrams",
  "NoPorts",
  "InErrors",
  "OutDatagrams",
  "RcvbufErrors",
  "SndbufErrors",
  "InCsumErrors",
  "IgnoredMulti",
  "MemErrors",
] as const;

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
  Udp: DATAGRAM_FIELDS,
  UdpLite: DATAGRAM_FIELDS,
  TcpExt: ["IPReversePathFilter"],
  IpExt: [
    "InNoRoutes",
    "InTruncatedPkts",
    "InMcastPkts",
    "OutMcastPkts",
    "InBcastPkts",
    "OutBcastPkts",
    "InCsumErrors",
    "ReasmOverlaps",
  ],
} as const;

/** Groups that `/proc/net/snmp` has; the others are in `/proc/net/netstat`. */
const LISTED = ["Ip", "Icmp", "Tcp", "Udp", "UdpLite"] as const;

/** The counters of ICMP messages by type, behind `In` or `Out`; other types have none. */
const ICMP_NAMES = {
  0: "EchoReps",
  3: "DestUnreachs",
  4: "SrcQuenchs",
  5: "Redirects",
  8: "Echos",
  11: "TimeExcds",
  12: "ParmProbs",
  13: "Timestamps",
  14: "TimestampReps",
  17: "AddrMasks",
  18: "AddrMaskReps",
} as const;

const ICMP_NAME_BY_TYPE: ReadonlyMap<number, typeof ICMP_NAMES[keyof typeof ICMP_NAMES]> = new Map(
  Object.entries(ICMP_NAMES).map(([type, name]) => [Number(type), name]),
);

/** A group of counters. */
export type SnmpGroup = keyof typeof SNMP_FIELDS;
/** A counter of a group. */
export type SnmpField<G extends SnmpGroup> = typeof SNMP_FIELDS[G][number];

/** The protocol counters of one namespace. */
export class Snmp {
  readonly #values: Readonly<Record<SnmpGroup, Map<string, number>>> = {
    Ip: new Map(),
    Icmp: new Map(),
    Tcp: new Map(),
    Udp: new Map(),
    UdpLite: new Map(),
    TcpExt: new Map(),
    IpExt: new Map(),
  };
  /** ICMP messages by direction and type, as `IcmpMsg` lists them: `InType8`. */
  readonly icmpTypes: Map<string, number> = new Map();

  /** @returns The groups in the order of `/proc/net/snmp`. */
  static get groups(): readonly SnmpGroup[] {
    return LISTED;
  }

  /** @param group A group. @returns Its counters' names, in order. */
  static fields(group: SnmpGroup): readonly string[] {
    return SNMP_FIELDS[group];
  }

  /** @param group A group. @param field One of its counters. @returns How far it has counted. */
  get(group: SnmpGroup, field: string): number {
    return this.#values[group].get(field) ?? 0;
  }

  /**
   * Counts.
   *
   * @param group A group.
   * @param field One of its counters.
   * @param by How many; negative for gauges such as `CurrEstab`.
   */
  add<G extends SnmpGroup>(group: G, field: SnmpField<G>, by = 1): void {
    const values = this.#values[group];
    values.set(field, (values.get(field) ?? 0) + by);
  }

  /**
   * Counts an ICMP message by its type.
   *
   * @param direction Whether it came or was sent.
   * @param type Its type, 0 to 255.
   */
  addIcmp(direction: "In" | "Out", type: number): void {
    const key = `${direction}Type${type}`;
    this.icmpTypes.set(key, (this.icmpTypes.get(key) ?? 0) + 1);
    const name = ICMP_NAME_BY_TYPE.get(type);
    if (name !== undefined) this.add("Icmp", `${direction}${name}`);
  }
}
