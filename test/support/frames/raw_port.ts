import { wholeLines } from "../../../src/kernel/lines.ts";
import { type PipedProcess, startPeer } from "../../../src/kernel/process.ts";
import type { FramePort } from "./frame_stage.ts";

const PROGRAM_FILE = new URL("./raw_port_program.ts", import.meta.url).pathname;

/** A link of a namespace of the real kernel, with a packet socket on it. */
export class RawPort implements FramePort {
  readonly #child: PipedProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  #frames: Uint8Array[] = [];
  #heard = Promise.withResolvers<void>();

  private constructor(child: PipedProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /**
   * Opens a port in a namespace that has a name.
   *
   * @param namespace Name of the namespace.
   * @param link Name of the link.
   */
  static open(namespace: string, link: string): Promise<RawPort> {
    return RawPort.openIn(["nsenter", `--net=/run/netns/${namespace}`], link);
  }

  /**
   * Opens a port.
   *
   * @param enter Words that enter its namespace, to put before a program.
   * @param link Name of the link.
   */
  static async openIn(enter: readonly string[], link: string): Promise<RawPort> {
    const program = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-ffi"];
    const port = new RawPort(startPeer([...enter, ...program, PROGRAM_FILE, link]));
    await port.#ready.promise;
    return port;
  }

  /** {@inheritDoc FramePort.send} */
  async send(frame: Uint8Array): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${frame.toBase64()}\n`));
  }

  /** {@inheritDoc FramePort.take} */
  async take(
    isEnough: (frames: readonly Uint8Array[]) => boolean,
    timeoutMs: number,
  ): Promise<Uint8Array[]> {
    const late = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      late.resolve();
    }, timeoutMs);
    while (!isLate && !isEnough(this.#frames)) {
      await Promise.race([this.#heard.promise, late.promise]);
    }
    clearTimeout(timer);
    return this.#frames.splice(0);
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
  }

  async #read(): Promise<void> {
    for await (const line of wholeLines(this.#child.stdout)) {
      if (line === "ready") this.#ready.resolve();
      else this.#frames.push(Uint8Array.fromBase64(line));
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    }
    this.#ready.reject(new Error("the packet socket could not be opened"));
  }
}
