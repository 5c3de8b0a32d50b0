import { sendBytes, serveSink } from "../program/bulk.ts";
import { sendDatagrams, serveDatagrams } from "../program/datagrams.ts";
import { ping } from "../program/ping.ts";
import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import { NS_PER_MS, type VirtualClock } from "../time/virtual_clock.ts";
import type { FlowOutcome } from "./report.ts";
import type { Flow } from "./schema.ts";

/** Where a flow runs. */
export interface FlowPlace {
  /** The clock of the simulation. */
  readonly clock: VirtualClock;
  /** Network of the sender. */
  readonly from: Ipv4Stack;
  /** Network of the receiver. */
  readonly to: Ipv4Stack;
  /** Address under which the sender looks for the receiver. */
  readonly destination: number;
}

/** Who hears how far a flow's programs have come. */
export interface FlowListener {
  /** Bytes, or answered echo requests, have arrived. */
  readonly took: (count: number) => void;
  /** A program can do no more. */
  readonly ended: (outcome: FlowOutcome) => void;
}

/** A flow of one protocol. */
type FlowOf<P extends Flow["protocol"]> = Extract<Flow, { protocol: P }>;

/**
 * Starts the programs at both ends of a flow.
 *
 * @param flow The flow.
 * @param place Where it runs.
 * @param listener Who hears how far they have come.
 * @returns What stops them.
 */
export function startPrograms(flow: Flow, place: FlowPlace, listener: FlowListener): () => void {
  switch (flow.protocol) {
    case "tcp":
      return startTcp(flow, place, listener);
    case "udp":
      return startUdp(flow, place, listener);
    case "icmp":
      return startIcmp(flow, place, listener);
  }
}

function startTcp(flow: FlowOf<"tcp">, place: FlowPlace, listener: FlowListener): () => void {
  const { port, bytes, sourcePort } = flow;
  const sink = serveSink(place.to, port, { took: listener.took });
  const stop = sendBytes(place.from, {
    ...{ to: { address: place.destination, port }, bytes },
    ...(sourcePort === undefined ? {} : { sourcePort }),
  }, listener.ended);
  return () => {
    sink.close();
    stop();
  };
}

function startUdp(flow: FlowOf<"udp">, place: FlowPlace, listener: FlowListener): () => void {
  const { port, bytes, datagrams, intervalMs, sourcePort } = flow;
  const server = serveDatagrams(place.to, port, listener.took);
  const stop = sendDatagrams(place.from, place.clock, {
    ...{ to: { address: place.destination, port }, bytes, count: datagrams },
    intervalNs: intervalMs * NS_PER_MS,
    ...(sourcePort === undefined ? {} : { sourcePort }),
  }, listener.ended);
  return () => {
    server.close();
    stop();
  };
}

function startIcmp(flow: FlowOf<"icmp">, place: FlowPlace, listener: FlowListener): () => void {
  const { echoes: count, intervalMs } = flow;
  const { destination, clock, from } = place;
  ping(from, clock, { destination, count, intervalNs: intervalMs * NS_PER_MS }, ({ answered }) => {
    listener.took(answered);
    listener.ended("timed-out"); // Where all were answered, it has ended already.
  });
  return () => {};
}
