import { invariant } from "../model/invariant.ts";

/** Bytes that came before their turn. */
interface Fragment {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Puts the stream together: gives bytes out in order, once, and keeps what came too early. */
export class ReceiveBuffer {
  /** In order of `start`; fragments may overlap. */
  #early: Fragment[] = [];
  #next: number;

  /** @param next Place of the first byte that is expected. */
  constructor(next: number) {
    this.#next = next;
  }

  /** Place of the byte that is expected next. */
  get next(): number {
    return this.#next;
  }

  /** Whether something came before its turn. */
  get hasGap(): boolean {
    return this.#early.length > 0;
  }

  /**
   * Takes a segment's bytes.
   *
   * @param start Place of the first one.
   * @param bytes The bytes, at least one.
   * @returns What is now in order, in pieces; empty where a gap remains before it or all is old.
   */
  take(start: number, bytes: Uint8Array): Uint8Array[] {
    invariant(bytes.length > 0, "a segment without bytes is not data");
    if (start > this.#next) {
      this.#keep({ start, bytes });
      return [];
    }
    const pieces: Uint8Array[] = [];
    this.#deliver({ start, bytes }, pieces);
    let used = 0;
    for (const fragment of this.#early) {
      if (fragment.start > this.#next) break;
      this.#deliver(fragment, pieces);
      used += 1;
    }
    if (used > 0) this.#early.splice(0, used);
    return pieces;
  }

  /** Steps over the FIN, which takes one place in the stream. */
  skipFin(): void {
    this.#next += 1;
    this.#early = [];
  }

  #deliver(fragment: Fragment, pieces: Uint8Array[]): void {
    const end = fragment.start + fragment.bytes.length;
    if (end <= this.#next) return;
    const skipped = this.#next - fragment.start;
    pieces.push(skipped === 0 ? fragment.bytes : fragment.bytes.subarray(skipped));
    this.#next = end;
  }

  #keep(fragment: Fragment): void {
    const early = this.#early;
    // Nearly always it belongs at the end, so that is where the search begins.
    let at = early.length;
    while (at > 0 && (early[at - 1]?.start ?? 0) > fragment.start) at -= 1;
    const before = early[at - 1];
    const covered = before !== undefined &&
      before.start + before.bytes.length >= fragment.start + fragment.bytes.length;
    if (!covered) early.splice(at, 0, fragment);
  }
}
