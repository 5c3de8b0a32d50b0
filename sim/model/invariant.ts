/** A promise of the model about itself was broken: a fault of the simulator, never of its user. */
export class BrokenInvariant extends Error {
  /** @param claim What should have been true. */
  constructor(claim: string) {
    super(`broken invariant: ${claim}`);
    this.name = "BrokenInvariant";
  }
}

/**
 * Checks what must be true. Stays on in every build: a simulator that lies is worse than one that
 * stops.
 *
 * @param holds Whether it is true.
 * @param claim What should be true, as a sentence without a full stop.
 * @throws {BrokenInvariant} If it is not.
 */
export function invariant(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new BrokenInvariant(claim);
}

/**
 * Unwraps what must be there.
 *
 * @param value The value.
 * @param claim What should be there, as a sentence without a full stop.
 * @returns The value.
 * @throws {BrokenInvariant} If it is absent.
 */
export function present<T>(value: T | undefined, claim: string): T {
  if (value === undefined) throw new BrokenInvariant(claim);
  return value;
}
