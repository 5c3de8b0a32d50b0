import type { Impairment } from "./impairment.ts";
import { invariant } from "./invariant.ts";
import type { Link } from "./link.ts";

/** An Ethernet segment: what one end sends, every other end receives. */
export class Wire {
  /** Its name, for traces. */
  readonly name: string;
  /** Time that a frame takes, in nanoseconds. */
  readonly delayNs: number;
  /** What goes wrong on it; undefined while it is sound. */
  impairment: Impairment | undefined;
  readonly #ends: Set<Link> = new Set();

  /**
   * @param name Its name.
   * @param options Its delay in nanoseconds; 0 when left out.
   */
  constructor(name: string, options: { readonly delayNs?: number } = {}) {
    this.name = name;
    this.delayNs = options.delayNs ?? 0;
  }

  /** The links on it, in the order of their joining. */
  get ends(): ReadonlySet<Link> {
    return this.#ends;
  }

  /** @param link A physical link that joins. */
  connect(link: Link): void {
    invariant(link.kind === "physical", "only physical links are on a wire");
    invariant(link.wire === undefined, "a link is on one wire");
    link.wire = this;
    this.#ends.add(link);
  }

  /** @param link A link that leaves. */
  disconnect(link: Link): void {
    invariant(this.#ends.delete(link), "a disconnected link was on the wire");
    link.wire = undefined;
  }
}
