import { type PipedProcess, startPeer } from "../../kernel/process.ts";

/**
 * A process that does nothing but be in its namespaces. It is `cat`, which answers once they are
 * made, and ends by itself when whoever started it is gone.
 */
export class NamespaceHolder {
  readonly #child: PipedProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: PipedProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
  }

  /**
   * Starts a holder, and waits until it is in its namespaces.
   *
   * @param prefix Words that start a program there, such as `unshare --net`.
   * @throws {Error} If it ends instead.
   */
  static async start(prefix: readonly string[]): Promise<NamespaceHolder> {
    const holder = new NamespaceHolder(startPeer([...prefix, "cat"]));
    await holder.#writer.write(new TextEncoder().encode("\n"));
    const reader = holder.#child.stdout.getReader();
    const { done } = await reader.read();
    reader.releaseLock();
    if (done) throw new Error(`"${prefix.join(" ")}" started nothing`);
    return holder;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Kills it and waits for its end. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
    await this.#child.status;
    await this.#child.stdout.cancel();
    await this.#writer.close().catch(() => {});
  }
}
