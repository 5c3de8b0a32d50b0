/** Ports of a host. */
export const PORTS = 65_536;

/** What of a container says which ports it has. */
export interface PortHolder {
  readonly id: string;
  /** Its ports, such as `31000-31007,31020`. */
  readonly ports: string;
  readonly ephemeral_ports?: { readonly begin: number; readonly end: number };
}

/** Who has a port. */
export interface PortOwner {
  /** Where it stands in the list of containers. */
  readonly index: number;
  /** Whether it sends from the port rather than having asked for it. */
  readonly isEphemeral: boolean;
}

/** Owners of all ports. */
export class PortOwners {
  /** One more than the owner's place, by port; 0 for nobody. */
  readonly #owners = new Uint32Array(PORTS);
  readonly #ephemeral = new Uint8Array(PORTS);

  /**
   * Finds the owners.
   *
   * @param holders The containers.
   */
  constructor(holders: readonly PortHolder[]) {
    holders.forEach(({ ports, ephemeral_ports: ephemeral }, index) => {
      for (const { begin, end } of rangesOf(ports)) this.#owners.fill(index + 1, begin, end + 1);
      if (ephemeral === undefined) return;
      this.#owners.fill(index + 1, ephemeral.begin, ephemeral.end + 1);
      this.#ephemeral.fill(1, ephemeral.begin, ephemeral.end + 1);
    });
  }

  /**
   * Tells who has a port.
   *
   * @param port The port, 0 to 65535.
   * @returns Its owner; undefined where it is nobody's.
   */
  at(port: number): PortOwner | undefined {
    const owner = this.#owners[port] ?? 0;
    return owner === 0 ? undefined : { index: owner - 1, isEphemeral: this.#ephemeral[port] === 1 };
  }
}

/**
 * Reads ports as the agent writes them.
 *
 * @param text Ports such as `31000-31007,31020`; empty for none.
 */
export function rangesOf(text: string): { begin: number; end: number }[] {
  return text.split(",").filter((part) => part !== "").map((part) => {
    const [begin = 0, end = begin] = part.split("-").map(Number);
    return { begin, end };
  });
}
