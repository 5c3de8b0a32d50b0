import { Journal, type JournalEntry } from "./journal.ts";
import { SimulatedHost, type ToolAnswer, type ToolRequest } from "./simulated_host.ts";

/** A tool's request before it has its time. */
export type TimelessRequest = Omit<ToolRequest, "atNs">;

const NS_PER_MS = 1e6;

/** A simulated host while a command of `berth sim` works with it. Its time is that of the clock. */
export class HostSession implements Disposable {
  readonly #host = new SimulatedHost();
  readonly #journal: Journal | undefined;
  readonly #leave: ((() => void) | undefined)[] = [];
  readonly #beganMs = performance.now();
  #beganNs = 0;

  private constructor(journal: Journal | undefined) {
    this.#journal = journal;
    for (const entry of journal?.past ?? []) this.#repeat(entry);
    // Programs of a command that was killed are gone with it.
    this.#leave.forEach((_, program) => this.leave(program));
  }

  /**
   * Opens a host.
   *
   * @param folder Folder that keeps it between commands; undefined for one that ends with this.
   * @throws {ExitWith} If another command has the folder, or it holds something else.
   */
  static async open(folder: string | undefined): Promise<HostSession> {
    return new HostSession(folder === undefined ? undefined : await Journal.open(folder));
  }

  /** The machine that it is, to look at. */
  get machine(): SimulatedHost["machine"] {
    return this.#host.machine;
  }

  /** Whether nothing has happened to it yet. */
  get isNew(): boolean {
    return this.#journal === undefined || this.#journal.past.length === 0;
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
    const request = { ...timeless, atNs: this.#nowNs() };
    const files: Record<string, string> = {};
    const answer = this.#host.answer(request, (path) => {
      const text = readFile(path);
      if (text !== undefined) files[path] = text;
      return text;
    });
    this.#journal?.append({ kind: "tool", request, files });
    return answer;
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
    this.#journal?.append({ kind: "enter", name, pid, inode });
    return this.#enter(name, pid, inode);
  }

  /** @param program The number of a program that has ended. */
  leave(program: number): void {
    const leave = this.#leave[program];
    if (leave === undefined) return;
    this.#journal?.append({ kind: "leave", program });
    this.#leave[program] = undefined;
    leave();
  }

  /** Ends it; what keeps it stays. */
  [Symbol.dispose](): void {
    this.#leave.forEach((_, program) => this.leave(program));
    this.#journal?.[Symbol.dispose]();
  }

  #nowNs(): number {
    return this.#beganNs + Math.round((performance.now() - this.#beganMs) * NS_PER_MS);
  }

  #enter(name: string, pid: number, inode: number): number {
    const namespace = this.machine.namespaceByInode(inode);
    const leave = namespace === undefined ? undefined : this.#host.enter(name, pid, namespace);
    return this.#leave.push(leave) - 1;
  }

  #repeat(entry: JournalEntry): void {
    if (entry.kind === "enter") this.#enter(entry.name, entry.pid, entry.inode);
    else if (entry.kind === "leave") {
      this.#leave[entry.program]?.();
      this.#leave[entry.program] = undefined;
    } else {
      this.#host.answer(entry.request, (path) => entry.files[path]);
      this.#beganNs = entry.request.atNs;
    }
  }
}
