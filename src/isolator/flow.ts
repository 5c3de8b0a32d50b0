import { IsolatorError } from "./isolator_error.ts";

/** Flow of the host's own packets on its way out. */
export const HOST_FLOW = 1;

/** Flow of ARP and ICMP packets on the host's way out. */
export const ARP_ICMP_FLOW = 2;

/** Flows that containers get; fq_codel has 1,024 of them by default. */
export const CONTAINER_FLOWS = { first: 3, last: 1023 } as const;

/** Gives each container a flow of its own. */
export class FlowIds {
  readonly #used = new Set<number>();

  /**
   * Takes the lowest free flow.
   *
   * @throws {IsolatorError} With code `flow-ids-exhausted` if none is free.
   */
  take(): number {
    for (let flow: number = CONTAINER_FLOWS.first; flow <= CONTAINER_FLOWS.last; flow++) {
      if (this.mark(flow)) return flow;
    }
    throw new IsolatorError(
      "flow-ids-exhausted",
      `All ${CONTAINER_FLOWS.last - CONTAINER_FLOWS.first + 1} flows are taken; clean up a ` +
        "container, or do without egress_unique_flow_per_container",
    );
  }

  /**
   * Takes a certain flow.
   *
   * @param flow The flow.
   * @returns Whether it was free.
   */
  mark(flow: number): boolean {
    if (this.#used.has(flow)) return false;
    this.#used.add(flow);
    return true;
  }

  /**
   * Gives a flow back.
   *
   * @param flow The flow.
   */
  release(flow: number): void {
    this.#used.delete(flow);
  }
}
