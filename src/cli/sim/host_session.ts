import { dumpMachine } from "../../../sim/dump/dump.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { KeptHost } from "./kept_host.ts";
import { SimulatedHost, type ToolAnswer, type ToolRequest } from "./simulated_host.ts";

/** A tool's request before it has its time. */
export type TimelessRequest = Omit<ToolRequest, "atNs">;

const NS_PER_MS = 1e6;

/**
 * A simulated host while a command of `berth sim` works with it. Its time is that of the clock,
 * from the command's beginning on. Where a folder keeps the host, it is written when the command
 * ends; what one did that was killed has not happened.
 */
export class HostSession implements Disposable {
  readonly #host: SimulatedHost;
  readonly #kept: KeptHost | undefined;
  readonly #leave: ((() => void) | undefined)[] = [];
  readonly #beganMs = performance.now();

  private constructor(host: SimulatedHost, kept: KeptHost | undefined) {
    this.#host = host;
    this.#kept = kept;
  }

  /**
   * Opens a host.
   *
   * @param folder Folder that keeps it between commands; undefined for one that ends with this.
   * @throws {ExitWith} If another command has the folder, or it holds something else.
   */
  static async open(folder: string | undefined): Promise<HostSession> {
    if (folder === undefined) return new HostSession(new SimulatedHost(), undefined);
    const kept = await KeptHost.open(folder);
    try {
      return new HostSession(new SimulatedHost(kept.text), kept);
    } catch (error) {
      kept[Symbol.dispose]();
      if (!(error instanceof SyntaxError)) throw error;
      const reason = `"${kept.path}" is no simulated host; name another folder`;
      throw new ExitWith(EXIT.failed, reason);
    }
  }

  /** The machine that it is, to look at. */
  get machine(): SimulatedHost["machine"] {
    return this.#host.machine;
  }

  /** Whether nothing has happened to it yet. */
  get isNew(): boolean {
    return this.#kept?.text === undefined;
  }

  /**
   * Answers a tool.
   *
   * @param timeless The tool.
   * @param readFile Reads a file that it names; undefined where there is none.
   */
  answer(
    timeless: TimelessRequest,
    readFile: (path: string) => string | undefined,
  ): ToolAnswer {
    const atNs = Math.round((performance.now() - this.#beganMs) * NS_PER_MS);
    return this.#host.answer({ ...timeless, atNs }, readFile);
  }

  /**
   * Knows of a real program in a namespace.
   *
   * @param name Its name.
   * @param pid Its process id.
   * @param inode The namespace.
   * @returns Its number, for {@linkcode leave}.
   */
  enter(name: string, pid: number, inode: number): number {
    const namespace = this.machine.namespaceByInode(inode);
    const leave = namespace === undefined ? undefined : this.#host.enter(name, pid, namespace);
    return this.#leave.push(leave) - 1;
  }

  /** @param program The number of a program that has ended. */
  leave(program: number): void {
    this.#leave[program]?.();
    this.#leave[program] = undefined;
  }

  /** Ends it, and with it the programs in its namespaces; what keeps it stays. */
  [Symbol.dispose](): void {
    this.#leave.forEach((_, program) => this.leave(program));
    this.#kept?.write(dumpMachine(this.machine));
    this.#kept?.[Symbol.dispose]();
  }
}
