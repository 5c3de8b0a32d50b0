import { type PipedProcess, startPeer } from "../../../src/kernel/process.ts";

const PROGRAM_FILE = new URL("packet_sockets_program.ts", import.meta.url).pathname;

/** A packet socket on a link, or a raw socket of a stack. */
export interface SocketPlace {
  /** Path of its network namespace. */
  readonly namespace: string;
  /** Name of the link, or number of the stack's protocol. */
  readonly name: string | number;
}

/** A frame that is put on a socket's link, or arrived there; a stack's is without a link header. */
export interface SocketFrame {
  /** Number of the socket, in the order in which they were opened. */
  readonly socket: number;
  /** Its bytes. */
  readonly bytes: Uint8Array;
}

const LENGTH_BYTES = 4;
const HEAD_BYTES = 3;

/** Sockets on links and stacks of many namespaces of the real kernel, in one program. */
export class PacketSockets implements AsyncDisposable {
  readonly #child: PipedProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = new Uint8Array();

  private constructor(child: PipedProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reader = child.stdout.getReader();
  }

  /**
   * Opens sockets.
   *
   * @param places Where, 256 at most.
   */
  static async open(places: readonly SocketPlace[]): Promise<PacketSockets> {
    const program = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-ffi", PROGRAM_FILE];
    const words = places.map(({ namespace, name }) => `${namespace} ${name}`);
    const sockets = new PacketSockets(startPeer([...program, ...words]));
    await sockets.#answer();
    return sockets;
  }

  /**
   * Puts frames on links, and waits until all has come that comes of them.
   *
   * @param frames The frames.
   * @returns What arrived, at each socket in order.
   */
  async exchange(frames: readonly SocketFrame[]): Promise<SocketFrame[]> {
    const bytes = frames.reduce((sum, frame) => sum + HEAD_BYTES + frame.bytes.length, 0);
    const message = new Uint8Array(LENGTH_BYTES + bytes);
    const view = new DataView(message.buffer);
    view.setUint32(0, bytes);
    let at = LENGTH_BYTES;
    for (const { socket, bytes } of frames) {
      view.setUint8(at, socket);
      view.setUint16(at + 1, bytes.length);
      message.set(bytes, at + HEAD_BYTES);
      at += HEAD_BYTES + bytes.length;
    }
    await this.#writer.write(message);
    return framesOf(await this.#answer());
  }

  /** Closes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
    await this.#reader.cancel();
  }

  async #answer(): Promise<Uint8Array> {
    const head = await this.#read(LENGTH_BYTES);
    return await this.#read(new DataView(head.buffer, head.byteOffset).getUint32(0));
  }

  async #read(length: number): Promise<Uint8Array> {
    while (this.#rest.length < length) {
      const { value } = await this.#reader.read();
      if (value === undefined) throw new Error("the packet sockets could not be opened");
      const joined = new Uint8Array(this.#rest.length + value.length);
      joined.set(this.#rest);
      joined.set(value, this.#rest.length);
      this.#rest = joined;
    }
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return taken;
  }
}

function framesOf(message: Uint8Array): SocketFrame[] {
  const view = new DataView(message.buffer, message.byteOffset);
  const frames: SocketFrame[] = [];
  for (let at = 0; at < message.length;) {
    const end = at + HEAD_BYTES + view.getUint16(at + 1);
    frames.push({ socket: view.getUint8(at), bytes: message.slice(at + HEAD_BYTES, end) });
    at = end;
  }
  return frames;
}
