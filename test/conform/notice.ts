import type { Machine } from "../../sim/model/machine.ts";

/** Links that are asked for after a change: the kernel notices then what became of carriers. */
export const NOTICED_LINKS: readonly string[] = "v0 v1 w0 w1 x0 x1 x2 x3 eth0 veth0 veth1".split(
  " ",
);

/** What a command did that a real kernel comes to know a moment later. */
export interface Aftermath {
  /** Whether links came, went or changed their state. */
  readonly changesLinks: boolean;
  /** Whether a namespace ended. */
  readonly endsNamespaces: boolean;
}

/** Finds out what each command of a sequence did to a simulated machine's links. */
export class LinkWatch {
  readonly #machine: Machine;
  #links = "";
  #namespaceCount = 0;

  /** @param machine The machine, before the first command. */
  constructor(machine: Machine) {
    this.#machine = machine;
    this.look();
  }

  /** @returns What happened since this was asked the last time. */
  look(): Aftermath {
    const { namespaces } = this.#machine;
    const [links, count] = [this.#links, this.#namespaceCount];
    this.#links = [...namespaces].flatMap((namespace) =>
      namespace.links.map((link) =>
        [namespace.inode, link.index, link.name, link.isUp, link.hasCarrier].join(" ")
      )
    ).join();
    this.#namespaceCount = [...namespaces].length;
    return { changesLinks: links !== this.#links, endsNamespaces: this.#namespaceCount < count };
  }
}
