import type { Errno } from "../src/kernel/errno.ts";
import { KernelError } from "../src/kernel/kernel_error.ts";
import type { Invocation, KernelNetwork, Output, Tool } from "../src/kernel/kernel_network.ts";
import { isView, readView, readViewLink, writeView } from "./files/proc_file.ts";
import type { Machine } from "./model/machine.ts";
import { checkInvariants } from "./model/invariants.ts";
import { Refusal, strerror } from "./model/refusal.ts";
import { runTool } from "./tools/run_tool.ts";

/** Tools that enter a namespace by an option of their own. */
const NAMESPACE_OPTION: Partial<Record<Tool, string>> = { ip: "-n", tc: "-n", ss: "-N" };

/** How a {@linkcode SimKernel} is made. */
export interface SimKernelOptions {
  /**
   * Whether the whole machine is checked after each command and file operation that may change it:
   * the tests' own switch, since that takes time with every link and filter. Off when left out.
   */
  readonly checksInvariants?: boolean;
}

/** A Linux network in memory, which answers to the tools' words as a real one would. */
export class SimKernel implements KernelNetwork {
  /** The machine whose kernel it is. */
  readonly machine: Machine;
  readonly #checksInvariants: boolean;

  /**
   * @param machine The machine whose kernel it is.
   * @param options What differs from the defaults.
   */
  constructor(machine: Machine, options: SimKernelOptions = {}) {
    this.machine = machine;
    this.#checksInvariants = options.checksInvariants ?? false;
  }

  /** {@inheritDoc KernelNetwork.execute} */
  execute(invocation: Invocation): Promise<Output> {
    const output = this.#execute(invocation);
    if (invocation.effect === "change") this.#changed();
    return output;
  }

  #changed(): void {
    if (this.#checksInvariants) checkInvariants(this.machine);
  }

  #execute({ tool, args, namespace: inside, stdin = "" }: Invocation): Promise<Output> {
    const namespace = this.machine.home;
    if (inside === undefined) return Promise.resolve(runTool({ tool, args, namespace, stdin }));
    const option = NAMESPACE_OPTION[tool];
    const output = option === undefined
      ? runTool({ tool: "ip", args: ["netns", "exec", inside, tool, ...args], namespace, stdin })
      : runTool({ tool, args: [option, inside, ...args], namespace, stdin });
    return Promise.resolve(output);
  }

  /** {@inheritDoc KernelNetwork.readFile} */
  readFile(path: string): Promise<string> {
    return this.#refusing(
      "read",
      path,
      () => isView(path) ? readView(this.#view(), path) : this.machine.files.readFile(path),
    );
  }

  /** {@inheritDoc KernelNetwork.writeFile} */
  writeFile(path: string, text: string): Promise<void> {
    return this.#refusing("write", path, () => {
      if (isView(path)) writeView(this.machine.home, path, text);
      else this.machine.files.writeFile(path, text);
    });
  }

  /** {@inheritDoc KernelNetwork.readDirectory} */
  readDirectory(path: string): Promise<string[]> {
    return this.#refusing("list", path, () => this.machine.files.readDirectory(path).sort());
  }

  /** {@inheritDoc KernelNetwork.makeDirectory} */
  makeDirectory(path: string): Promise<void> {
    return this.#refusing("mkdir", path, () => this.machine.files.makeDirectory(path));
  }

  /** {@inheritDoc KernelNetwork.symlink} */
  symlink(target: string, path: string): Promise<void> {
    return this.#refusing("ln", path, () => this.machine.files.symlink(target, path));
  }

  /** {@inheritDoc KernelNetwork.readLink} */
  readLink(path: string): Promise<string> {
    return this.#refusing(
      "readlink",
      path,
      () => isView(path) ? readViewLink(this.#view(), path) : this.machine.files.readLink(path),
    );
  }

  /** {@inheritDoc KernelNetwork.unlink} */
  unlink(path: string): Promise<void> {
    return this.#refusing("rm", path, () => this.machine.files.remove(path));
  }

  #view() {
    return { machine: this.machine, namespace: this.machine.home };
  }

  /** Carries a file operation out, and tells a refusal as the real kernel's would be told. */
  #refusing<T>(operation: string, path: string, act: () => T): Promise<T> {
    try {
      const result = act();
      this.#changed();
      return Promise.resolve(result);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const errno = KNOWN.find((known) => known === error.errno) ?? "UNKNOWN";
      const stderr = strerror(error.errno);
      return Promise.reject(new KernelError({ command: [operation, path], errno, stderr }));
    }
  }
}

/** Reasons that callers tell apart. */
const KNOWN: readonly Errno[] = [
  "EACCES",
  "EBUSY",
  "EEXIST",
  "EINVAL",
  "ENOENT",
  "ENOMEM",
  "ENOSPC",
  "EPERM",
  "ESRCH",
];
