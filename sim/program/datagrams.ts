import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import type { Endpoint } from "../socket/udp_sockets.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";

/** How long datagrams may still be under way after the last was sent, in nanoseconds: 1 s. */
const GRACE_NS = 1_000_000_000;

/** Datagrams to send. */
export interface DatagramFlood {
  /** Whom to. */
  readonly to: Endpoint;
  /** Payload of each in bytes. */
  readonly bytes: number;
  /** How many. */
  readonly count: number;
  /** Time between two, in nanoseconds; 0 for all at once. */
  readonly intervalNs: number;
  /** Port to send from; the kernel's choice when left out. */
  readonly sourcePort?: number;
}

/**
 * Starts a UDP server that only counts.
 *
 * @param stack Where it runs.
 * @param port Its port, 1 to 65,535.
 * @param took Hears the payload size of each datagram, in bytes.
 * @throws {RangeError} If the port is taken.
 */
export function serveDatagrams(
  stack: Ipv4Stack,
  port: number,
  took: (bytes: number) => void,
): { close(): void } {
  const server = stack.udp.open({ port }, { received: (payload) => took(payload.length) });
  if (server === undefined) throw new RangeError(`UDP port ${port} is taken; choose another`);
  return server;
}

/**
 * Sends datagrams, one after another.
 *
 * @param stack Where the sender runs.
 * @param clock The clock of the simulation.
 * @param flood What to send.
 * @param ended Hears why no more will arrive: a refusal, or some time after the last was sent.
 * @returns What stops it.
 * @throws {RangeError} If the source port is taken, or no port is free.
 */
export function sendDatagrams(
  stack: Ipv4Stack,
  clock: VirtualClock,
  flood: DatagramFlood,
  ended: (outcome: "refused" | "unreachable" | "timed-out") => void,
): () => void {
  const { to, bytes, count, intervalNs, sourcePort } = flood;
  const port = sourcePort === undefined ? {} : { port: sourcePort };
  const socket = stack.udp.open({ remote: to, ...port }, {
    received: () => {},
    failed: (reason) => ended(reason === "refused" ? reason : "unreachable"),
  });
  if (socket === undefined) {
    throw new RangeError("The source port is taken, or no port is free; choose another");
  }
  const payload = new Uint8Array(bytes);
  let sent = 0;
  const step = () => {
    if (sent === count) return ended("timed-out");
    sent += 1;
    if (socket.send(payload, to) !== undefined) return ended("unreachable");
    timer = clock.after(sent === count ? GRACE_NS : intervalNs, step);
  };
  let timer = clock.after(0, step);
  return () => {
    timer.cancel();
    socket.close();
  };
}
