import type { HtbNode } from "./htb_node.ts";

/** Classes of one level that wait for tokens: the one whose mode changes first comes first. */
export class HtbEvents {
  readonly #nodes: HtbNode[] = [];

  /** The class whose mode changes first. */
  get first(): HtbNode | undefined {
    return this.#nodes[0];
  }

  /** @param node A class that waits from now on until its `eventNs`. */
  insert(node: HtbNode): void {
    let place = this.#nodes.length;
    while (place > 0 && (this.#nodes[place - 1]?.eventNs ?? 0) > node.eventNs) place -= 1;
    this.#nodes.splice(place, 0, node);
  }

  /** @param node A class that waits no more. */
  remove(node: HtbNode): void {
    const place = this.#nodes.indexOf(node);
    if (place !== -1) this.#nodes.splice(place, 1);
  }
}
