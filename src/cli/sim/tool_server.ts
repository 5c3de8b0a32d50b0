import { SIMULATED_TOOLS } from "./simulated_host.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { encodeFrame, readFrame } from "./frames.ts";
import type { HostSession } from "./host_session.ts";
import type { Tool } from "../../kernel/kernel_network.ts";

/** Variable that tells the tools the port of their host, and the secret that opens it. */
const HOST_VARIABLE = "BERTH_SIM_HOST";

/** Bytes of the secret: any user of the machine can reach the port. */
const SECRET_BYTES = 32;

/** Where the host is, for this machine alone. */
const HERE = "127.0.0.1";

/** What stands in the place of a tool. */
const TOOL_FILE = new URL("./tool.pl", import.meta.url);

/** A folder of tools, and the host that they belong to behind a port of 127.0.0.1. */
export class ToolServer implements AsyncDisposable {
  readonly #session: HostSession;
  readonly #folder: string;
  readonly #secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toHex();
  readonly #listener: Deno.TcpListener;
  readonly #connections: Set<Deno.TcpConn> = new Set();
  readonly #serving: Promise<void>;

  private constructor(session: HostSession, folder: string, listener: Deno.TcpListener) {
    this.#session = session;
    this.#folder = folder;
    this.#listener = listener;
    this.#serving = this.#serve();
  }

  /**
   * Makes the tools, in a folder of their own.
   *
   * @param session The host that answers them.
   * @throws {ExitWith} If the tools could not reach it.
   */
  static async start(session: HostSession): Promise<ToolServer> {
    const listener = await listen();
    const folder = await Deno.makeTempDir({ prefix: "berth-sim-" });
    await Deno.mkdir(`${folder}/bin`);
    const text = await Deno.readTextFile(TOOL_FILE);
    for (const tool of SIMULATED_TOOLS) {
      await Deno.writeTextFile(`${folder}/bin/${tool}`, text, { mode: 0o755 });
    }
    return new ToolServer(session, folder, listener);
  }

  /**
   * The environment of a program that is to use the tools.
   *
   * @param path The value of PATH so far.
   */
  environment(path: string): { readonly [HOST_VARIABLE]: string; readonly PATH: string } {
    return {
      PATH: `${this.#folder}/bin:${path}`,
      [HOST_VARIABLE]: `${this.#listener.addr.port} ${this.#secret}`,
    };
  }

  /** Stops answering and takes the tools away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#serving;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #serve(): Promise<void> {
    const answering: Promise<void>[] = [];
    for await (const connection of this.#listener) answering.push(this.#answer(connection));
    await Promise.all(answering);
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    try {
      const frame = await readFrame(connection);
      const [secret, ...request] = frame ?? [];
      if (secret === this.#secret) await this.#answerRequest(connection, request);
    } catch (error) {
      // A tool that is killed takes no answer.
      if (!isGone(error)) throw error;
    } finally {
      if (this.#connections.delete(connection)) closeIfOpen(connection);
    }
  }

  async #answerRequest(connection: Deno.TcpConn, request: readonly string[]): Promise<void> {
    const [inode = "", pid, folder = "", stdin = "", tool = "", ...args] = request;
    if (!isSimulated(tool)) return;
    const namespace = inode === "" ? undefined : Number(inode);
    const answer = this.#session.answer(
      { tool, args, stdin, namespace },
      (path) => readFile(path.startsWith("/") ? path : `${folder}/${path}`),
    );
    if (answer.kind === "exit") {
      const { status, stdout, stderr } = answer.output;
      return await writeAll(connection, encodeFrame(["exit", String(status), stdout, stderr]));
    }
    const { words, namespace: { inode: inside } } = answer;
    const program = this.#session.enter(words[0] ?? "", Number(pid), inside);
    await writeAll(connection, encodeFrame(["exec", String(inside), ...words]));
    // The program, and whatever it leaves behind, holds the other end open.
    await connection.read(new Uint8Array(1)).catch(() => null);
    this.#session.leave(program);
  }
}

async function listen(): Promise<Deno.TcpListener> {
  try {
    const listener = Deno.listen({ hostname: HERE, port: 0 });
    (await Deno.connect({ hostname: HERE, port: listener.addr.port })).close();
    return listener;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ExitWith(
      EXIT.failed,
      `The tools cannot reach ${HERE} (${reason}); bring the loopback link up`,
    );
  }
}

function isSimulated(name: string): name is Tool {
  return SIMULATED_TOOLS.some((tool) => tool === name);
}

function readFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // Whatever the reason, the tool only says that it cannot open it.
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

function closeIfOpen(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed under us.
  }
}
