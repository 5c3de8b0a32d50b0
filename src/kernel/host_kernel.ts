import { commandLine } from "./command_line.ts";
import { errnoFromException } from "./errno.ts";
import { KernelError } from "./kernel_error.ts";
import type { Invocation, KernelNetwork, Output } from "./kernel_network.ts";
import type { OnRun } from "./measured_kernel.ts";
import { runTool } from "./process.ts";
import { ReadTogether } from "./read_together.ts";
import { RunTogether } from "./run_together.ts";
import { readSpecialFiles, readSpecialLinks } from "./special_files.ts";

/** How {@linkcode HostKernel} runs its tools. */
export interface HostKernelOptions {
  /** Time limit of one tool in milliseconds; 30,000 when left out. */
  readonly timeoutMs?: number;
  /**
   * Hears of each process of a tool. What is run alike in many namespaces at once counts once, as
   * the process that visits them.
   */
  readonly onRun?: OnRun;
}

/** Debian package that brings each tool, for the hint when one is missing. */
const PACKAGE_OF: Readonly<Record<Invocation["tool"], string>> = {
  ip: "iproute2",
  tc: "iproute2",
  ss: "iproute2",
  sysctl: "procps",
  ethtool: "ethtool",
  mount: "mount",
};

/**
 * Writes `/proc` and `/sys`, which Deno itself opens only for those who may do anything at all. Its
 * path is whole, since dax has a built-in command of the same name.
 */
const WRITE_FILE = ["/usr/bin/tee"];

function isSpecialFile(path: string): boolean {
  return path.startsWith("/proc/") || path.startsWith("/sys/");
}

/** The Linux network of this machine, or of the network namespace that Deno was started in. */
export class HostKernel implements KernelNetwork {
  readonly #timeoutMs: number;
  readonly #together: RunTogether;
  readonly #specialFiles: ReadTogether;
  readonly #specialLinks: ReadTogether;

  /**
   * Opens the kernel; nothing is run yet.
   *
   * @param options The time limit of a tool, and who hears of its runs.
   */
  constructor(options: HostKernelOptions = {}) {
    const { timeoutMs = 30_000, onRun } = options;
    this.#timeoutMs = timeoutMs;
    this.#together = new RunTogether(
      (invocation) => this.#execute(invocation),
      (words, stdin) => runTool(words, { stdin, timeoutMs }),
      onRun,
    );
    this.#specialFiles = new ReadTogether((paths) => readSpecialFiles(paths, timeoutMs));
    this.#specialLinks = new ReadTogether((paths) => readSpecialLinks(paths, timeoutMs));
  }

  /** {@inheritDoc KernelNetwork.execute} */
  execute(invocation: Invocation): Promise<Output> {
    return this.#together.run(invocation);
  }

  async #execute(invocation: Invocation): Promise<Output> {
    const words = commandLine(invocation);
    const { failure, ...output } = await runTool(words, {
      stdin: invocation.stdin ?? "",
      timeoutMs: this.#timeoutMs,
    });
    if (failure === undefined) return output;
    throw new KernelError({
      command: words,
      namespace: invocation.namespace,
      errno: failure === "not-found" ? "ENOENT" : "ETIMEDOUT",
      stderr: failure === "not-found"
        ? `there is no program "${words[0]}"`
        : `it did not end within ${this.#timeoutMs} ms`,
      hint: failure === "not-found"
        ? `install the package ${PACKAGE_OF[invocation.tool]}`
        : "see what keeps the kernel busy, then try again",
    });
  }

  /** {@inheritDoc KernelNetwork.readFile} */
  readFile(path: string): Promise<string> {
    if (isSpecialFile(path)) return this.#specialFiles.read(path);
    return refusing(["read", path], () => Deno.readTextFile(path));
  }

  /** {@inheritDoc KernelNetwork.writeFile} */
  async writeFile(path: string, text: string): Promise<void> {
    if (isSpecialFile(path)) await this.#writeSpecial(path, text);
    else await refusing(["write", path], () => Deno.writeTextFile(path, text));
  }

  /** {@inheritDoc KernelNetwork.readDirectory} */
  readDirectory(path: string): Promise<string[]> {
    return refusing(["list", path], async () => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
      return names.sort();
    });
  }

  /** {@inheritDoc KernelNetwork.makeDirectory} */
  makeDirectory(path: string): Promise<void> {
    return refusing(["mkdir", "-p", path], () => Deno.mkdir(path, { recursive: true }));
  }

  /** {@inheritDoc KernelNetwork.symlink} */
  symlink(target: string, path: string): Promise<void> {
    return refusing(["ln", "-s", target, path], () => Deno.symlink(target, path));
  }

  /** {@inheritDoc KernelNetwork.readLink} */
  async readLink(path: string): Promise<string> {
    if (isSpecialFile(path)) return await this.#specialLinks.read(path);
    return await refusing(["readlink", path], () => Deno.readLink(path));
  }

  /** {@inheritDoc KernelNetwork.unlink} */
  unlink(path: string): Promise<void> {
    return refusing(["rm", path], () => Deno.remove(path));
  }

  async #writeSpecial(path: string, text: string): Promise<void> {
    const command = [...WRITE_FILE, path];
    const options = { stdin: text, timeoutMs: this.#timeoutMs };
    const { status, stderr } = await runTool(command, options);
    if (status !== 0) throw new KernelError({ command, status, stderr });
  }
}

async function refusing<T>(command: readonly string[], operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw new KernelError({
      command,
      errno: errnoFromException(error),
      stderr: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
