/** How much the peer takes, by the newest segment that says so (RFC 9293, section 3.10.7.4). */
export class PeerWindow {
  #bytes = 0;
  #saidAt = -1;
  #saidFor = -1;

  /** The window in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Offset up to which the peer takes bytes. */
  get end(): number {
    return this.#saidFor + this.#bytes;
  }

  /**
   * Hears a segment (`tcp_may_update_window`).
   *
   * @param offset Its place in the peer's own stream.
   * @param acknowledged What it acknowledges.
   * @param bytes The window that it names.
   * @returns Whether it is news; an ACK that says nothing else either is a duplicate.
   */
  hear(offset: number, acknowledged: number, bytes: number): boolean {
    const isNews = acknowledged > this.#saidFor || offset > this.#saidAt ||
      (offset === this.#saidAt && (bytes > this.#bytes || bytes === 0));
    if (!isNews) return false;
    this.#bytes = bytes;
    this.#saidAt = offset;
    this.#saidFor = Math.max(acknowledged, this.#saidFor);
    return true;
  }
}
