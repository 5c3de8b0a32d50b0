import { createHostWorld } from "../../../src/cli/demo/host_world.ts";
import { createSimWorld } from "../../../src/cli/sim/sim_world.ts";
import type { KernelNetwork } from "../../../src/kernel/kernel_network.ts";
import { parseIpv4 } from "../../../sim/model/ipv4.ts";
import type { Machine } from "../../../sim/model/machine.ts";
import type { SimWorld } from "../../../sim/world/sim_world.ts";
import type { UdpSocket } from "../../../sim/socket/udp_sockets.ts";
import { NS_PER_MS } from "../../../sim/time/virtual_clock.ts";
import { HOST_ADDRESS, type World } from "../../support/world.ts";
import { speakOnSim } from "./sim_speech.ts";
import type { Heard, Place, Speech } from "./speech.ts";
import type { LifeProcess } from "./tenants.ts";

/** What a life stands on: a host, its kernel, and the outside. */
export interface Ground extends AsyncDisposable {
  /** On which kernel. */
  readonly kind: "sim" | "host";
  /** The host's kernel. */
  readonly kernel: KernelNetwork;
  /**
   * Starts a process in a network namespace of its own.
   *
   * @param pid Its id, where it takes the one of a dead process.
   * @returns The process; undefined where that id cannot be had.
   */
  start(pid?: number): Promise<LifeProcess | undefined>;
  /** Names of the host's links. */
  links(): Promise<string[]>;
  /**
   * Sends a datagram from the outside to a port of the host.
   *
   * @param port The port.
   * @returns Names of the links by which it went to containers.
   */
  send(port: number): Promise<string[]>;
  /**
   * Speaks, while everybody listens; absent where that takes too long.
   *
   * @param speech What is said.
   * @param listeners Who listens at its port.
   */
  speak?(speech: Speech, listeners: readonly Place[]): Heard;
}

/** Payload of a datagram, in bytes: more than of anything else that goes to containers. */
const PAYLOAD_BYTES = 300;

/** Port that the outside sends from. */
const OUTSIDE_PORT = 40_000;

/**
 * Prepares a ground.
 *
 * @param kind On which kernel.
 */
export async function createGround(kind: "sim" | "host"): Promise<Ground> {
  return kind === "sim" ? new SimGround(await createSimWorld()) : new HostGround(
    await createHostWorld(),
  );
}

class SimGround implements Ground {
  readonly kind = "sim";
  readonly kernel: KernelNetwork;
  readonly #world: SimWorld;
  readonly #machine: Machine;
  readonly #socket: UdpSocket;
  readonly #to: { readonly address: number; readonly port: number };

  constructor(world: SimWorld) {
    this.#world = world;
    this.kernel = world.kernel;
    this.#machine = world.kernel.machine;
    const outside = world.simulation.machines.find(({ name }) => name === "outside");
    const address = parseIpv4(HOST_ADDRESS);
    if (outside === undefined || address === undefined) throw new Error("a world has an outside");
    const socket = world.simulation.stack(outside.home).udp
      .open({ port: OUTSIDE_PORT }, { received: () => {} });
    if (socket === undefined) throw new Error("the outside's port is free");
    this.#socket = socket;
    this.#to = { address, port: 0 };
  }

  start(pid?: number): Promise<LifeProcess | undefined> {
    if (pid !== undefined && this.#machine.processes.has(pid)) return Promise.resolve(undefined);
    const process = this.#machine.startProcess({
      namespace: "new",
      ...(pid === undefined ? {} : { pid }),
    });
    return Promise.resolve({
      pid: process.pid,
      kill: () => {
        if (process.isAlive) this.#machine.endProcess(process);
        return Promise.resolve();
      },
    });
  }

  links(): Promise<string[]> {
    return Promise.resolve(this.#machine.home.links.map(({ name }) => name));
  }

  send(port: number): Promise<string[]> {
    const { clock } = this.#world.simulation;
    const veths = this.#machine.home.links.filter(({ kind }) => kind === "veth");
    const before = veths.map(({ counters }) => counters.txBytes);
    this.#socket.send(new Uint8Array(PAYLOAD_BYTES), { ...this.#to, port });
    clock.runTo(clock.nowNs + NS_PER_MS);
    return Promise.resolve(
      veths.filter(({ counters }, i) => counters.txBytes - (before[i] ?? 0) > PAYLOAD_BYTES)
        .map(({ name }) => name),
    );
  }

  speak(speech: Speech, listeners: readonly Place[]): Heard {
    return speakOnSim(this.#world, speech, listeners);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]();
  }
}

class HostGround implements Ground {
  readonly kind = "host";
  readonly kernel: KernelNetwork;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.kernel = world.kernel;
  }

  async start(pid?: number): Promise<LifeProcess | undefined> {
    // Nobody chooses a process id on a real machine.
    return pid === undefined ? await this.#world.startContainer() : undefined;
  }

  async links(): Promise<string[]> {
    return [...(await this.#sent()).keys()];
  }

  async send(port: number): Promise<string[]> {
    const before = await this.#sent();
    const request = { address: HOST_ADDRESS, port, text: "?".repeat(PAYLOAD_BYTES), timeoutMs: 20 };
    await this.#world.outside.udp(request);
    const after = await this.#sent();
    return [...after].filter(([name, bytes]) =>
      /^mesos/.test(name) && bytes - (before.get(name) ?? 0) > PAYLOAD_BYTES
    ).map(([name]) => name);
  }

  async #sent(): Promise<Map<string, number>> {
    const args = ["-s", "-j", "link", "show"];
    const { stdout } = await this.kernel.execute({ tool: "ip", args, effect: "read" });
    const links: { ifname: string; stats64: { tx: { bytes: number } } }[] = JSON.parse(stdout);
    return new Map(links.map(({ ifname, stats64 }) => [ifname, stats64.tx.bytes]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]();
  }
}
