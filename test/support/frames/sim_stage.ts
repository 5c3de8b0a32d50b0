import { assert } from "@std/assert";
import { formatSnmp } from "../../../sim/files/snmp_file.ts";
import type { Link } from "../../../sim/model/link.ts";
import { invariant } from "../../../sim/model/invariant.ts";
import { Simulation } from "../../../sim/simulation.ts";
import { SimKernel } from "../../../sim/sim_kernel.ts";
import { NS_PER_MS } from "../../../sim/time/virtual_clock.ts";
import {
  FAR_NAMESPACES,
  type FramePort,
  type FrameStage,
  HOST_NAMESPACE,
  runLine,
  STAGE_SETUP,
} from "./frame_stage.ts";

/** A link of a simulated namespace, tapped. */
class SimPort implements FramePort {
  readonly #simulation: Simulation;
  readonly #link: Link;
  #frames: Uint8Array[] = [];

  constructor(simulation: Simulation, link: Link) {
    this.#simulation = simulation;
    this.#link = link;
    simulation.datapath.tap(link, (frame) => this.#frames.push(frame.slice()));
  }

  send(frame: Uint8Array): Promise<void> {
    const { datapath } = this.#simulation;
    datapath.send(datapath.newPacket(frame.slice(), this.#link));
    return Promise.resolve();
  }

  take(
    isEnough: (frames: readonly Uint8Array[]) => boolean,
    timeoutMs: number,
  ): Promise<Uint8Array[]> {
    const { clock } = this.#simulation;
    clock.runUntil(() => isEnough(this.#frames), clock.nowNs + timeoutMs * NS_PER_MS);
    return Promise.resolve(this.#frames.splice(0));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Makes a stage on a simulated kernel. */
export async function createSimStage(): Promise<FrameStage> {
  const simulation = new Simulation();
  const machine = simulation.addMachine({ name: "machine" });
  const kernel = new SimKernel(machine);
  for (const line of STAGE_SETUP) await runLine(kernel, line);
  const namespaceOf = (name: string) => {
    const node = machine.files.find(`/run/netns/${name}`);
    assert(node?.kind === "file" && node.namespaceInode !== undefined);
    const namespace = machine.namespaceByInode(node.namespaceInode);
    invariant(namespace !== undefined, "a handle holds its namespace");
    return namespace;
  };
  const [left, right] = FAR_NAMESPACES.map((name) => {
    const link = namespaceOf(name).linkByName("wire");
    assert(link !== undefined);
    return new SimPort(simulation, link);
  });
  assert(left !== undefined && right !== undefined);
  const host = namespaceOf(HOST_NAMESPACE);
  return {
    kind: "sim",
    kernel,
    left,
    right,
    readSnmp: () => Promise.resolve(formatSnmp(host)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
