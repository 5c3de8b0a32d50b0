import type { Link } from "../../../sim/model/link.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import { NS_PER_MS } from "../../../sim/time/virtual_clock.ts";
import type { FramePort } from "./frame_stage.ts";

/** A link of a simulated namespace, tapped. */
export class SimPort implements FramePort {
  readonly #simulation: Simulation;
  readonly #link: Link;
  #frames: Uint8Array[] = [];

  /**
   * @param simulation The simulation.
   * @param link The link.
   */
  constructor(simulation: Simulation, link: Link) {
    this.#simulation = simulation;
    this.#link = link;
    simulation.datapath.tap(link, (frame) => this.#frames.push(frame.slice()));
  }

  /** {@inheritDoc FramePort.send} */
  send(frame: Uint8Array): Promise<void> {
    const { datapath } = this.#simulation;
    datapath.send(datapath.newPacket(frame.slice(), this.#link));
    return Promise.resolve();
  }

  /** {@inheritDoc FramePort.take} */
  take(
    isEnough: (frames: readonly Uint8Array[]) => boolean,
    timeoutMs: number,
  ): Promise<Uint8Array[]> {
    const { clock } = this.#simulation;
    clock.runUntil(() => isEnough(this.#frames), clock.nowNs + timeoutMs * NS_PER_MS);
    return Promise.resolve(this.#frames.splice(0));
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
