import type { Invocation, KernelNetwork, Output } from "./kernel_network.ts";

/** One run of a tool, as it was measured. */
export interface MeasuredRun {
  /** What was run. */
  readonly invocation: Invocation;
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** Whether the tool answered with status 0. */
  readonly isOk: boolean;
}

/** Hears of each run of a tool, also of one that fails. */
export type OnRun = (run: MeasuredRun) => void;

/**
 * Runs a tool, and tells how long it took.
 *
 * @param invocation What is run.
 * @param onRun Hears of it.
 * @param run Runs it.
 * @returns What it answered.
 * @throws What running it throws.
 */
export async function measured<Result extends { readonly status: number }>(
  invocation: Invocation,
  onRun: OnRun,
  run: () => Promise<Result>,
): Promise<Result> {
  const begin = performance.now();
  let isOk = false;
  try {
    const result = await run();
    isOk = result.status === 0;
    return result;
  } finally {
    onRun({ invocation, seconds: (performance.now() - begin) / 1000, isOk });
  }
}

/** A kernel that tells how long each of its commands takes. */
export class MeasuredKernel implements KernelNetwork {
  readonly #inner: KernelNetwork;
  readonly #onRun: OnRun;

  /**
   * Puts a stopwatch around a kernel.
   *
   * @param inner The kernel that does the work.
   * @param onRun Hears of each run of a tool, also of one that fails.
   */
  constructor(inner: KernelNetwork, onRun: OnRun) {
    this.#inner = inner;
    this.#onRun = onRun;
  }

  /** {@inheritDoc KernelNetwork.execute} */
  execute(invocation: Invocation): Promise<Output> {
    return measured(invocation, this.#onRun, () => this.#inner.execute(invocation));
  }

  /** {@inheritDoc KernelNetwork.readFile} */
  readFile(path: string): Promise<string> {
    return this.#inner.readFile(path);
  }

  /** {@inheritDoc KernelNetwork.writeFile} */
  writeFile(path: string, text: string): Promise<void> {
    return this.#inner.writeFile(path, text);
  }

  /** {@inheritDoc KernelNetwork.readDirectory} */
  readDirectory(path: string): Promise<string[]> {
    return this.#inner.readDirectory(path);
  }

  /** {@inheritDoc KernelNetwork.makeDirectory} */
  makeDirectory(path: string): Promise<void> {
    return this.#inner.makeDirectory(path);
  }

  /** {@inheritDoc KernelNetwork.symlink} */
  symlink(target: string, path: string): Promise<void> {
    return this.#inner.symlink(target, path);
  }

  /** {@inheritDoc KernelNetwork.readLink} */
  readLink(path: string): Promise<string> {
    return this.#inner.readLink(path);
  }

  /** {@inheritDoc KernelNetwork.unlink} */
  unlink(path: string): Promise<void> {
    return this.#inner.unlink(path);
  }
}
