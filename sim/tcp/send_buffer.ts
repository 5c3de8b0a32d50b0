import { invariant } from "../model/invariant.ts";

/** A run of queued bytes; `bytes` is undefined for zeros, which need no memory. */
interface Run {
  readonly start: number;
  end: number;
  readonly bytes: Uint8Array | undefined;
}

/** What every run of zeros is sliced from: as long as the largest segment can be. */
const ZEROS = new Uint8Array(65_536);

/** The bytes of a stream from the first one that is not acknowledged to the last one written. */
export class SendBuffer {
  #runs: Run[] = [];
  #start = 0;
  #end = 0;

  /** Bytes that are held. */
  get lengthBytes(): number {
    return this.#end - this.#start;
  }

  /** Place in the stream behind the last byte. */
  get end(): number {
    return this.#end;
  }

  /**
   * Adds data to the end.
   *
   * @param data Bytes, which are copied, or how many zeros.
   */
  append(data: Uint8Array | number): void {
    const lengthBytes = typeof data === "number" ? data : data.length;
    invariant(Number.isSafeInteger(lengthBytes) && lengthBytes >= 0, "a length is a whole number");
    if (lengthBytes === 0) return;
    const start = this.#end;
    this.#end += lengthBytes;
    const last = this.#runs.at(-1);
    if (typeof data === "number" && last !== undefined && last.bytes === undefined) {
      last.end = this.#end;
      return;
    }
    const bytes = typeof data === "number" ? undefined : data.slice();
    this.#runs.push({ start, end: this.#end, bytes });
  }

  /**
   * Gives a part of the stream.
   *
   * @param start Place of its first byte.
   * @param lengthBytes Its length, at most 65,536.
   * @returns The bytes, often a view of shared memory: not to be changed.
   */
  slice(start: number, lengthBytes: number): Uint8Array {
    const end = start + lengthBytes;
    invariant(start >= this.#start && end <= this.#end, "only held bytes are sent");
    const touched = this.#runs.filter((run) => run.start < end && run.end > start);
    const [first] = touched;
    if (touched.every((run) => run.bytes === undefined)) return ZEROS.subarray(0, lengthBytes);
    if (touched.length === 1 && first?.bytes !== undefined) {
      return first.bytes.subarray(start - first.start, end - first.start);
    }
    const whole = new Uint8Array(lengthBytes);
    for (const run of touched) {
      const from = Math.max(start, run.start);
      const to = Math.min(end, run.end);
      if (run.bytes === undefined) continue;
      whole.set(run.bytes.subarray(from - run.start, to - run.start), from - start);
    }
    return whole;
  }

  /**
   * Forgets what is acknowledged.
   *
   * @param start Place of the first byte to keep.
   */
  release(start: number): void {
    this.#start = Math.min(Math.max(this.#start, start), this.#end);
    let gone = 0;
    while ((this.#runs[gone]?.end ?? Infinity) <= this.#start) gone += 1;
    if (gone > 0) this.#runs.splice(0, gone);
  }
}
