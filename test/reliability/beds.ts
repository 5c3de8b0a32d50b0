import { Bed } from "./bed.ts";
import type { Operation } from "./operations.ts";
import { optionsOf, type Setting } from "./setting.ts";

/** On which kernel, and what the operator decided. */
export interface BedSpec {
  /** On which kernel. */
  readonly kind: "sim" | "host";
  /** What the operator decided. */
  readonly setting: Setting;
}

/** What the neighbours of all hosts did. */
export interface FlowCount {
  /** How often they asked. */
  asked: number;
  /** How often nobody answered. */
  lost: number;
}

/** The host that operations share, as long as it is as it was. */
export class Beds implements AsyncDisposable {
  readonly #spec: BedSpec;
  readonly #tally: FlowCount;
  #open: Bed | undefined;

  /**
   * @param spec What hosts.
   * @param tally Where the neighbours' datagrams are counted.
   */
  constructor(spec: BedSpec, tally: FlowCount) {
    this.#spec = spec;
    this.#tally = tally;
  }

  /**
   * Gives the host, or a new one where it must be bare or was given up.
   *
   * @param operation What it is for.
   */
  async take({ isBare }: Operation): Promise<Bed> {
    if (isBare || this.#open?.flow === undefined) await this.giveUp();
    const { kind, setting } = this.#spec;
    return this.#open ??= await Bed.create(kind, optionsOf(setting), isBare);
  }

  /** Ends the host, and counts what its neighbours lost. */
  async giveUp(): Promise<void> {
    const bed = this.#open;
    this.#open = undefined;
    const { asked, lost } = await bed?.flow?.settle() ?? { asked: 0, lost: 0 };
    this.#tally.asked += asked;
    this.#tally.lost += lost;
    await bed?.[Symbol.asyncDispose]();
  }

  /** Ends the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.giveUp();
  }
}
