import type { Ipv4 } from "../model/ipv4.ts";
import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import { NS_PER_MS, type VirtualClock } from "../time/virtual_clock.ts";

/** How many echo replies came. */
export interface EchoCount {
  /** Requests answered at least once. */
  readonly answered: number;
  /** Replies beyond the first to a request. */
  readonly duplicates: number;
}

/** What `ping` is asked to do. */
export interface PingOptions {
  /** Whom to ask. */
  readonly destination: Ipv4;
  /** How many requests. */
  readonly count: number;
  /** Time between requests in nanoseconds; 200 ms when left out. */
  readonly intervalNs?: number;
  /** How long the last request waits for its reply, in nanoseconds; 1 s when left out. */
  readonly waitNs?: number;
}

/**
 * Runs `ping`: echo requests, one after another.
 *
 * @param stack Where it runs.
 * @param clock The clock of the simulation.
 * @param options Whom to ask, how often.
 * @param done Hears how many replies came, after the last one or its time limit.
 */
export function ping(
  stack: Ipv4Stack,
  clock: VirtualClock,
  options: PingOptions,
  done: (count: EchoCount) => void,
): void {
  const { destination, count, intervalNs = 200 * NS_PER_MS, waitNs = 1000 * NS_PER_MS } = options;
  const replies: number[] = [];
  const socket = stack.echo.open((sequence) => replies.push(sequence));
  for (let sequence = 1; sequence <= count; sequence++) {
    clock.after((sequence - 1) * intervalNs, () => socket.ask(destination, sequence));
  }
  clock.after((count - 1) * intervalNs + waitNs, () => {
    socket.close();
    const answered = new Set(replies).size;
    done({ answered, duplicates: replies.length - answered });
  });
}
