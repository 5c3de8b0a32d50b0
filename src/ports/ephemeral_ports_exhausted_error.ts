/** The state of the allocator that an {@linkcode EphemeralPortsExhaustedError} reports. */
export interface EphemeralPortsExhaustedData {
  /** Ports in one range. */
  readonly portsPerContainer: number;
  /** Ranges in use, those of another size included. */
  readonly used: number;
  /** Ranges that the ephemeral ports have room for when none is in use. */
  readonly capacity: number;
}

/** No ephemeral port range is free for another container. */
export class EphemeralPortsExhaustedError extends Error {
  /** Ports in one range. */
  readonly portsPerContainer: number;
  /** Ranges in use, those of another size included. */
  readonly used: number;
  /** Ranges that the ephemeral ports have room for when none is in use. */
  readonly capacity: number;

  /**
   * Says what is exhausted, and what the operator can do.
   *
   * @param data The state of the allocator.
   */
  constructor(data: EphemeralPortsExhaustedData) {
    super(
      `No range of ${data.portsPerContainer} ports is free: ephemeral ports exhausted with ` +
        `${data.used} ranges in use and room for ${data.capacity}; clean up a container, lower ` +
        "ephemeral_ports_per_container, or give more ephemeral_ports",
    );
    this.name = "EphemeralPortsExhaustedError";
    this.portsPerContainer = data.portsPerContainer;
    this.used = data.used;
    this.capacity = data.capacity;
  }
}
