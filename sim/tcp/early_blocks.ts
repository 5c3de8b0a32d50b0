import type { StreamBlock } from "../packet/tcp_options.ts";

/** Most blocks that are remembered: `TCP_NUM_SACKS`. */
const REMEMBERED = 4;

/**
 * The parts of the stream that came before their turn, the most recent one first, as selective
 * acknowledgments tell of them (`tcp_sack_new_ofo_skb`, `tcp_sack_remove`).
 */
export class EarlyBlocks {
  #blocks: StreamBlock[] = [];
  #twice: StreamBlock | undefined;

  /** What to tell the sender: first of all what came twice, then what came early. */
  get blocks(): readonly StreamBlock[] {
    return this.#twice === undefined ? this.#blocks : [this.#twice, ...this.#blocks];
  }

  /** @param block What came before its turn. It joins the blocks that it touches. */
  came(block: StreamBlock): void {
    let { start, end } = block;
    const isOld = this.#blocks.some((known) => known.start <= start && known.end >= end);
    if (isOld) this.cameTwice(block);
    const others = this.#blocks.filter((other) => {
      if (other.start > end || other.end < start) return true;
      start = Math.min(start, other.start);
      end = Math.max(end, other.end);
      return false;
    });
    this.#blocks = [{ start, end }, ...others].slice(0, REMEMBERED);
  }

  /** @param block What had come before already; the next acknowledgment alone tells of it. */
  cameTwice(block: StreamBlock): void {
    this.#twice = block;
  }

  /** @param next Place of the byte that is expected next. */
  reached(next: number): void {
    this.#blocks = this.#blocks.filter(({ start }) => start >= next);
  }

  /** An acknowledgment has gone out. */
  told(): void {
    this.#twice = undefined;
  }
}
