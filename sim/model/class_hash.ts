import type { Handle } from "./handle.ts";
import { invariant } from "./invariant.ts";

const SIZE_AT_FIRST = 4;

/**
 * The kernel's hash table of classes. Nothing but listings depends on it: they go bucket by bucket,
 * and in a bucket the newest comes first.
 */
export class ClassHash {
  #buckets: Handle[][] = emptyBuckets(SIZE_AT_FIRST);
  #count = 0;

  /** @param handle A class that is not there yet. */
  insert(handle: Handle): void {
    this.#bucketOf(handle).unshift(handle);
    this.#count += 1;
    if (this.#count * 4 > this.#buckets.length * 3) this.#grow();
  }

  /** @param handle A class that is there. */
  remove(handle: Handle): void {
    const bucket = this.#bucketOf(handle);
    const index = bucket.indexOf(handle);
    invariant(index !== -1, "a removed class was in its bucket");
    bucket.splice(index, 1);
    this.#count -= 1;
  }

  /** @returns The classes in the order of a listing. */
  handles(): Handle[] {
    return this.#buckets.flat();
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = emptyBuckets(old.length * 2);
    for (const bucket of old) {
      for (const handle of bucket) this.#bucketOf(handle).unshift(handle);
    }
  }

  #bucketOf(handle: Handle): Handle[] {
    const folded = handle ^ (handle >>> 8);
    const index = ((folded ^ (folded >>> 4)) >>> 0) & (this.#buckets.length - 1);
    const bucket = this.#buckets[index];
    invariant(bucket !== undefined, "every handle has a bucket");
    return bucket;
  }
}

function emptyBuckets(size: number): Handle[][] {
  return Array.from({ length: size }, () => []);
}
