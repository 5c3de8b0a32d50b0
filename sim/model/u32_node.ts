import type { Action } from "./action.ts";
import type { Handle } from "./handle.ts";
import type { U32Table } from "./u32_table.ts";

/** One comparison: `(word at offset) & mask == value`. */
export interface U32Key {
  /** Expected bits, unsigned 32; bits outside the mask are 0. */
  readonly value: number;
  /** Bits that count, unsigned 32. */
  readonly mask: number;
  /** Where the 32-bit word begins, in bytes from the network header; may be negative. */
  readonly offset: number;
  /** Bits of `nexthdr+` addressing: 0, or 0xffffffff to add the variable offset. */
  readonly offsetMask: number;
}

/** What a node has counted. */
export interface U32Counts {
  /** Packets that were compared with it: `rule hit`. */
  readonly hits: number;
  /** Packets that passed every key and ended there: `success`. */
  readonly successes: number;
  /** Packets that passed each key, in the order of the keys. */
  readonly keyHits: readonly number[];
}

/** How a node finds the bucket in the table that it links to, and how far it moves on. */
export interface U32Selector {
  /** Bits of the word at `hashOffset` that choose the bucket, unsigned 32. */
  readonly hashMask: number;
  /** Where that word begins, in bytes. */
  readonly hashOffset: number;
  /** Constant number of bytes to move on by. */
  readonly offset: number;
  /** Where the 16-bit word with the variable offset begins, in bytes. */
  readonly variableOffsetAt: number;
  /** Bits of that word that count, 16. */
  readonly variableOffsetMask: number;
  /** Bits to shift it right by. */
  readonly variableOffsetShift: number;
  /** Whether the variable offset is used. */
  readonly hasVariableOffset: boolean;
  /** Whether the offset becomes the new beginning of the packet (`eat`). */
  readonly eat: boolean;
}

/** What a node does and tests. */
export interface U32NodeSpec {
  /** Comparisons, all of which must hold; none always holds. */
  readonly keys: readonly U32Key[];
  /** How to go on in `link`. */
  readonly selector: U32Selector;
  /** Table to go on in. */
  readonly link: U32Table | undefined;
  /** Class that matching packets go to; undefined where none was given. */
  readonly classId: Handle | undefined;
  /** What is done to matching packets, in order; at most 32. */
  readonly actions: readonly Action[];
  /** Whether a match ends classification: a class or an action was given. */
  readonly isTerminal: boolean;
  /** Whether `offset` was used with a constant, with a variable part; only listings ask. */
  readonly shownOffset: { readonly constant: boolean; readonly variable: boolean };
}

/** One rule of a `u32` classifier. */
export class U32Node {
  /** The table it stands in. */
  readonly table: U32Table;
  /** Its whole handle: table id (12 bits), bucket (8 bits), number (12 bits). */
  readonly handle: number;
  /** What it does and tests. */
  readonly spec: U32NodeSpec;
  #hits = 0;
  #successes = 0;
  #keyHits: number[];

  /**
   * @param table The table it stands in.
   * @param handle Its whole handle.
   * @param spec What it does and tests.
   */
  constructor(table: U32Table, handle: number, spec: U32NodeSpec) {
    this.table = table;
    this.handle = handle;
    this.spec = spec;
    this.#keyHits = spec.keys.map(() => 0);
  }

  /** What it has counted until now. */
  get counts(): U32Counts {
    this.table.bucket(this.bucket)?.settle();
    return { hits: this.#hits, successes: this.#successes, keyHits: [...this.#keyHits] };
  }

  /** Number of its bucket, 0 to 255. */
  get bucket(): number {
    return (this.handle >>> 12) & 0xff;
  }

  /** Its number in the bucket, 1 to 4,095. */
  get number(): number {
    return this.handle & 0xfff;
  }

  /** @param count Packets that were compared with it. */
  addHits(count: number): void {
    this.#hits += count;
  }

  /**
   * Counts packets that passed a key.
   *
   * @param key Which key, from 0.
   * @param count How many packets.
   */
  addKeyHits(key: number, count: number): void {
    this.#keyHits[key] = (this.#keyHits[key] ?? 0) + count;
  }

  /** Counts a packet that passed every key and ended here. */
  addSuccess(): void {
    this.#successes += 1;
  }

  /** @param other The node whose place it takes, and whose counters it goes on with. */
  takeCountsOf(other: U32Node): void {
    const { hits, successes, keyHits } = other.counts;
    this.#hits = hits;
    this.#successes = successes;
    this.#keyHits = [...keyHits];
  }
}
