/** How a connection behaves; {@linkcode settingsFrom} fills in what Linux does by default. */
export interface TcpSettings {
  /** Port of this side. */
  readonly localPort: number;
  /** Port of the peer. */
  readonly remotePort: number;
  /** MTU of the path at the start, in bytes. */
  readonly mtu: number;
  /** `net.ipv4.tcp_ecn`: 0 is "off", 1 "request", 2 "accept". */
  readonly ecn: "off" | "request" | "accept";
  /** `net.ipv4.tcp_timestamps`. */
  readonly timestamps: boolean;
  /** `net.ipv4.tcp_sack`. */
  readonly sack: boolean;
  /** Sends small segments without waiting for the answer to the ones before: `TCP_NODELAY`. */
  readonly noDelay: boolean;
  /** `net.ipv4.tcp_limit_output_bytes`: bytes that may wait in the machine's queues at most. */
  readonly smallQueueBytes: number;
  /** `net.ipv4.tcp_rmem`: memory for received data at the start, and how far it may grow. */
  readonly receiveMemoryBytes: { readonly initial: number; readonly maximum: number };
  /** Congestion window at the start, in segments. */
  readonly initialWindow: number;
  /** `net.ipv4.tcp_syn_retries`: SYNs sent again after the linear ones. */
  readonly synRetries: number;
  /** `net.ipv4.tcp_syn_linear_timeouts`: timeouts of a SYN that do not double. */
  readonly synLinearTimeouts: number;
  /** `net.ipv4.tcp_synack_retries`. */
  readonly synAckRetries: number;
  /** `net.ipv4.tcp_retries2`: how many timeouts, as if each began with 200 ms. */
  readonly retries: number;
  /** The same for a connection that nobody holds any more: `net.ipv4.tcp_orphan_retries`. */
  readonly orphanRetries: number;
  /** `net.ipv4.tcp_fin_timeout`: how long FIN-WAIT-2 lasts when nobody holds it, in milliseconds. */
  readonly finTimeoutMs: number;
}

/** What a caller says of a connection; the rest is as on a Linux that was told nothing. */
export type TcpOptions =
  & Pick<TcpSettings, "localPort" | "remotePort">
  & Partial<TcpSettings>;

/** How long TIME-WAIT lasts, in milliseconds: `TCP_TIMEWAIT_LEN`, which nothing can change. */
export const TIME_WAIT_MS = 60_000;

/**
 * Fills in the defaults.
 *
 * @param options What was asked for.
 * @returns Every setting.
 */
export function settingsFrom(options: TcpOptions): TcpSettings {
  return {
    mtu: 1500,
    ecn: "accept",
    timestamps: true,
    sack: true,
    noDelay: false,
    smallQueueBytes: 4 * 1024 * 1024,
    receiveMemoryBytes: { initial: 131_072, maximum: 33_554_432 },
    initialWindow: 10,
    synRetries: 6,
    synLinearTimeouts: 4,
    synAckRetries: 5,
    retries: 15,
    orphanRetries: 8,
    finTimeoutMs: 60_000,
    ...options,
  };
}
