/**
 * Traffic between two machines on one wire: datagrams one by one, and a stream in bulk.
 *
 * @module
 */

import { Wire } from "../../sim/model/wire.ts";
import { Simulation } from "../../sim/simulation.ts";
import { joinWire } from "../../sim/world/join_wire.ts";

/** Datagrams of one measurement. */
const DATAGRAMS = 1000;
const DATAGRAM_BYTES = 1000;
/** Bytes of one measurement's stream. */
const STREAM_BYTES = 10_000_000;
const PORT = 80;
/** The receiver's address, 10.1.0.2. */
const ADDRESS = 0x0a010002;
/** Time in which the slowest measurement ends, in nanoseconds. */
const LIMIT_NS = 60e9;

/** Two machines on a wire that is as fast as they are. */
async function twoMachines() {
  const simulation = new Simulation();
  const wire = new Wire("wire");
  const join = async (name: string, address: string) => {
    await joinWire(simulation, wire, { name, card: "eth0", address, prefixLength: 24 });
    const machine = simulation.machines.find((each) => each.name === name);
    if (machine === undefined) throw new Error(`${name} is gone`);
    return simulation.stack(machine.home);
  };
  const sender = await join("sender", "10.1.0.1");
  const receiver = await join("receiver", "10.1.0.2");
  /** Lets time pass until something holds. */
  const until = (isDone: () => boolean) => {
    const { clock } = simulation;
    if (!clock.runUntil(isDone, clock.nowNs + LIMIT_NS)) throw new Error("nothing arrives");
  };
  return { sender, receiver, until };
}

/** Sends datagrams, each when the one before has arrived. */
async function datagramsOneByOne() {
  const { sender, receiver, until } = await twoMachines();
  let arrived = 0;
  const server = receiver.udp.open({ port: PORT }, { received: () => void arrived++ });
  const client = sender.udp.open({}, { received: () => {} });
  if (server === undefined || client === undefined) throw new Error("there is no free port");
  const data = new Uint8Array(DATAGRAM_BYTES);
  return () => {
    for (const end = arrived + DATAGRAMS; arrived < end;) {
      const next = arrived + 1;
      client.send(data, { address: ADDRESS, port: PORT });
      until(() => arrived === next);
    }
  };
}

/** Sends a stream over a connection that is there already. */
async function streamInBulk() {
  const { sender, receiver, until } = await twoMachines();
  let arrivedBytes = 0;
  const listener = receiver.tcp.listen({ port: PORT }, () => {
    listener?.accept((socket) => ({
      readable() {
        for (let data = socket.read(); data !== undefined; data = socket.read()) {
          arrivedBytes += data.length;
        }
      },
    }));
  });
  const socket = sender.tcp.connect({ remote: { address: ADDRESS, port: PORT } }, {});
  if (typeof socket === "string") throw new Error(`the connection failed: ${socket}`);
  return () => {
    const end = arrivedBytes + STREAM_BYTES;
    socket.write(STREAM_BYTES);
    until(() => arrivedBytes >= end);
  };
}

Deno.bench(`${DATAGRAMS} UDP datagrams of ${DATAGRAM_BYTES} bytes`, await datagramsOneByOne());
Deno.bench(`${STREAM_BYTES / 1e6} MB over TCP`, await streamInBulk());
