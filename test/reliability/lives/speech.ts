/** Who speaks or hears: a container's process, the host itself, or the machine outside. */
export type Place = number | "host" | "outside";

/** Something that is said to a port, to which whoever hears it answers. */
export interface Speech {
  /** Whether it is a datagram, or a connection that is opened. */
  readonly transport: "udp" | "tcp";
  /** Who speaks. */
  readonly from: Place;
  /** Port that it comes from. */
  readonly sourcePort: number;
  /** Whose address it goes to; `loopback` is the speaker's own 127.0.0.1. */
  readonly to: "host" | "loopback" | "outside";
  /** Port that it goes to. */
  readonly port: number;
}

/** What came of a {@linkcode Speech}. */
export interface Heard {
  /** Who heard it, of all that listened. */
  readonly by: readonly Place[];
  /** Whether an answer came back. */
  readonly isAnswered: boolean;
}

/**
 * Puts a speech into words.
 *
 * @param speech The speech.
 */
export function speechName({ transport, from, sourcePort, to, port }: Speech): string {
  const speaker = typeof from === "number" ? `process ${from}` : from;
  return `${transport} from ${speaker}, port ${sourcePort}, to ${to}, port ${port}`;
}
