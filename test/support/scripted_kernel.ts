import { commandLine } from "../../src/kernel/command_line.ts";
import type { Invocation, KernelNetwork, Output } from "../../src/kernel/kernel_network.ts";

/** A run that is expected, and its answer. */
export interface ScriptedRun {
  /** The command line, words joined by blanks. */
  readonly line: string;
  /** Standard input that is expected; not looked at when left out. */
  readonly stdin?: string;
  /** What the tool answers; status 0 and nothing when left out. */
  readonly answer?: Partial<Output>;
}

/** A kernel that expects certain runs in a certain order, and no others. */
export class ScriptedKernel implements KernelNetwork {
  readonly #runs: ScriptedRun[];
  readonly #files: ReadonlyMap<string, string>;

  /**
   * @param runs The runs, in order.
   * @param files Contents by path.
   */
  constructor(runs: readonly ScriptedRun[], files: Readonly<Record<string, string>> = {}) {
    this.#runs = [...runs];
    this.#files = new Map(Object.entries(files));
  }

  execute(invocation: Invocation): Promise<Output> {
    const line = commandLine(invocation).join(" ");
    const expected = this.#runs.shift();
    if (expected?.line !== line) {
      throw new Error(`expected "${expected?.line ?? "nothing more"}" but got "${line}"`);
    }
    if (expected.stdin !== undefined && expected.stdin !== invocation.stdin) {
      throw new Error(`"${line}" got the input ${JSON.stringify(invocation.stdin)}`);
    }
    return Promise.resolve({ status: 0, stdout: "", stderr: "", ...expected.answer });
  }

  /** Fails if a run that was expected has not come. */
  done(): void {
    const [next] = this.#runs;
    if (next !== undefined) throw new Error(`"${next.line}" was never run`);
  }

  readFile(path: string): Promise<string> {
    const text = this.#files.get(path);
    return text === undefined ? this.#refuse("read", path) : Promise.resolve(text);
  }

  writeFile(path: string): Promise<void> {
    return this.#refuse("write", path);
  }

  readDirectory(path: string): Promise<string[]> {
    return this.#refuse("list", path);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#refuse("mkdir", path);
  }

  symlink(_target: string, path: string): Promise<void> {
    return this.#refuse("ln", path);
  }

  readLink(path: string): Promise<string> {
    return this.#refuse("readlink", path);
  }

  unlink(path: string): Promise<void> {
    return this.#refuse("rm", path);
  }

  #refuse(operation: string, path: string): never {
    throw new Error(`"${operation} ${path}" was not expected`);
  }
}
