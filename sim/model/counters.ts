/** What a link has counted since it was made: the 64-bit statistics of `ip -s link`. */
export interface LinkCounters {
  /** Bytes received, Ethernet header included. */
  rxBytes: number;
  /** Frames received. */
  rxPackets: number;
  /** Frames received broken. */
  rxErrors: number;
  /** Frames received and thrown away. */
  rxDropped: number;
  /** Frames lost for want of room. */
  rxMissed: number;
  /** Multicast frames received. */
  rxMulticast: number;
  /** Frames for other hosts, which IPv4 threw away. */
  rxOtherHost: number;
  /** Bytes sent. */
  txBytes: number;
  /** Frames sent. */
  txPackets: number;
  /** Frames that could not be sent. */
  txErrors: number;
  /** Frames thrown away instead of being sent. */
  txDropped: number;
  /** Times the carrier was lost while sending. */
  txCarrier: number;
  /** Collisions seen. */
  txCollisions: number;
}

/** What a qdisc, class or action has counted: the statistics of `tc -s`. */
export interface QueueCounters {
  /** Bytes that left. */
  bytes: number;
  /** Packets that left. */
  packets: number;
  /** Packets thrown away. */
  drops: number;
  /** Times a packet had to wait for tokens. */
  overlimits: number;
  /** Packets put back. */
  requeues: number;
  /** Packets waiting now. */
  queueLength: number;
  /** Bytes waiting now. */
  backlogBytes: number;
}

/** @returns Counters that all stand at 0. */
export function newLinkCounters(): LinkCounters {
  return {
    rxBytes: 0,
    rxPackets: 0,
    rxErrors: 0,
    rxDropped: 0,
    rxMissed: 0,
    rxMulticast: 0,
    rxOtherHost: 0,
    txBytes: 0,
    txPackets: 0,
    txErrors: 0,
    txDropped: 0,
    txCarrier: 0,
    txCollisions: 0,
  };
}

/** @returns Counters that all stand at 0. */
export function newQueueCounters(): QueueCounters {
  return {
    bytes: 0,
    packets: 0,
    drops: 0,
    overlimits: 0,
    requeues: 0,
    queueLength: 0,
    backlogBytes: 0,
  };
}
