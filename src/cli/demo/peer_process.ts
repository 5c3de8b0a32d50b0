import { wholeLines } from "../../kernel/lines.ts";
import { type PipedProcess, startPeer } from "../../kernel/process.ts";
import type { PeerCall, PeerCalls } from "./peer_protocol.ts";

const PEER_FILE = new URL("./peer.ts", import.meta.url).pathname;

/** Deno's look for a newer version would send packets that nobody expects to be counted. */
const QUIET = ["env", "DENO_NO_UPDATE_CHECK=1"];

/** A running `peer.ts`, in whatever namespace it was started in. */
export class PeerProcess {
  readonly #child: PipedProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #reading: Promise<void>;
  #calls = 0;

  private constructor(child: PipedProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /**
   * Starts a peer.
   *
   * @param prefix Words that start a program in a namespace, such as `unshare --net`.
   */
  static start(prefix: readonly string[]): PeerProcess {
    const program = [Deno.execPath(), "run", "--no-prompt", "--allow-net", PEER_FILE];
    return new PeerProcess(startPeer([...prefix, ...QUIET, ...program]));
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Asks the peer to do something.
   *
   * @param call What.
   * @param request With which arguments.
   * @returns What it answered.
   * @throws {Error} If it could not, or has ended.
   */
  async call<Call extends PeerCall>(
    call: Call,
    request: PeerCalls[Call]["request"],
  ): Promise<PeerCalls[Call]["answer"]> {
    const id = ++this.#calls;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    await this.#writer.write(
      new TextEncoder().encode(JSON.stringify({ id, call, request }) + "\n"),
    );
    // The peer is the other half of this file's own protocol, typed by the same table.
    return await waiting.promise as PeerCalls[Call]["answer"];
  }

  /** Kills the peer and waits for its end. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
    await this.#child.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
  }

  async #read(): Promise<void> {
    for await (const line of wholeLines(this.#child.stdout)) {
      const { id, answer, error } = JSON.parse(line);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    }
    for (const { reject } of this.#waiting.values()) reject(new Error("The peer has ended"));
  }
}
