import { commandLine } from "../../src/kernel/command_line.ts";
import { type Errno, errnoFromStderr } from "../../src/kernel/errno.ts";
import { KernelError } from "../../src/kernel/kernel_error.ts";
import type { Invocation, KernelNetwork, Output } from "../../src/kernel/kernel_network.ts";
import {
  type Fault,
  type FaultOutcome,
  KILLED,
  refusalOf,
  SimulatedCrash,
  type Step,
} from "./fault.ts";

/**
 * A kernel in front of another one, at which things go wrong as rules say: a command, a line in the
 * middle of a batch or a file operation fails before or after it took effect, or its caller dies.
 * It stands at the seam, so it makes any kernel fail, simulated or not.
 */
export class FaultyKernel implements KernelNetwork {
  readonly #kernel: KernelNetwork;
  readonly #rules: { readonly fault: Fault; matches: number }[];
  readonly #steps: Step[] = [];
  #isDead = false;

  /**
   * @param kernel Where steps take effect.
   * @param faults What goes wrong; of several rules for a step, the first one counts.
   */
  constructor(kernel: KernelNetwork, faults: readonly Fault[] = []) {
    this.#kernel = kernel;
    this.#rules = faults.map((fault) => ({ fault, matches: 0 }));
  }

  /** Every step that was begun, in order. */
  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Whether its caller has been killed. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** {@inheritDoc KernelNetwork.execute} */
  async execute(invocation: Invocation): Promise<Output> {
    if (invocation.args.includes("-batch")) return await this.#runBatch(invocation);
    const step = { words: commandLine(invocation), effect: invocation.effect };
    const fault = this.#begin(step);
    if (fault?.when === "before") {
      const answer = this.#happen(fault.outcome, step);
      if (answer !== undefined) return answer;
    }
    const output = await this.#kernel.execute(invocation);
    return fault?.when === "after" ? this.#happen(fault.outcome, step) ?? output : output;
  }

  /** {@inheritDoc KernelNetwork.readFile} */
  readFile(path: string): Promise<string> {
    return this.#operate(["read", path], "read", () => this.#kernel.readFile(path));
  }

  /** {@inheritDoc KernelNetwork.writeFile} */
  writeFile(path: string, text: string): Promise<void> {
    return this.#operate(["write", path], "change", () => this.#kernel.writeFile(path, text));
  }

  /** {@inheritDoc KernelNetwork.readDirectory} */
  readDirectory(path: string): Promise<string[]> {
    return this.#operate(["list", path], "read", () => this.#kernel.readDirectory(path));
  }

  /** {@inheritDoc KernelNetwork.makeDirectory} */
  makeDirectory(path: string): Promise<void> {
    return this.#operate(["mkdir", path], "change", () => this.#kernel.makeDirectory(path));
  }

  /** {@inheritDoc KernelNetwork.symlink} */
  symlink(target: string, path: string): Promise<void> {
    return this.#operate(["ln", target, path], "change", () => this.#kernel.symlink(target, path));
  }

  /** {@inheritDoc KernelNetwork.readLink} */
  readLink(path: string): Promise<string> {
    return this.#operate(["readlink", path], "read", () => this.#kernel.readLink(path));
  }

  /** {@inheritDoc KernelNetwork.unlink} */
  unlink(path: string): Promise<void> {
    return this.#operate(["rm", path], "change", () => this.#kernel.unlink(path));
  }

  async #operate<T>(
    words: readonly string[],
    effect: Step["effect"],
    act: () => Promise<T>,
  ): Promise<T> {
    const step = { words, effect };
    const fault = this.#begin(step);
    if (fault?.when === "before") this.#failOperation(fault.outcome, step);
    const result = await act();
    if (fault?.when === "after") this.#failOperation(fault.outcome, step);
    return result;
  }

  /** A file operation has no output: whatever answer it gets is its refusal. */
  #failOperation(outcome: FaultOutcome, step: Step): void {
    const answer = this.#happen(outcome, step);
    if (answer === undefined) return;
    const { stderr, status } = answer;
    const errno: Errno = errnoFromStderr(stderr);
    throw new KernelError({ command: step.words, stderr, status, errno });
  }

  /** Lets the lines through in as few pieces as the faults in them allow. */
  async #runBatch(invocation: Invocation): Promise<Output> {
    const isForced = invocation.args.includes("-force");
    const { stdin: _, args, ...rest } = invocation;
    const [before, after] = splitAt(args, "-batch");
    const total = { status: 0, stdout: "", stderr: "" };
    const lines = (invocation.stdin ?? "").split("\n").filter((line) => line !== "");
    let waiting: string[] = [];
    const flush = async (end: number): Promise<void> => {
      if (waiting.length === 0) return;
      const stdin = waiting.map((line) => `${line}\n`).join("");
      const output = await this.#kernel.execute({ ...invocation, stdin });
      append(total, renumber(output, end - waiting.length));
      waiting = [];
    };
    for (const [i, line] of lines.entries()) {
      const options = before.filter((word) => word !== "-force");
      const command = { ...rest, args: [...options, ...after, ...line.split(" ")] };
      const step = { words: commandLine(command), effect: invocation.effect };
      const fault = this.#begin(step);
      if (fault?.when !== "before") waiting.push(line);
      if (fault === undefined) continue;
      await flush(fault.when === "before" ? i : i + 1);
      if (total.status !== 0 && !isForced) return total;
      if (fault.outcome.kind === "killed") return { ...total, status: KILLED.status };
      const answer = this.#happen(fault.outcome, step);
      if (answer === undefined) {
        if (fault.when === "before") waiting.push(line);
        continue;
      }
      append(total, { ...answer, status: Math.min(answer.status, 1) });
      if (answer.status === 0) continue;
      total.stderr += `Command failed -:${i + 1}\n`;
      if (!isForced) return total;
    }
    await flush(lines.length);
    return total;
  }

  /** Notes a step, and finds what goes wrong at it. */
  #begin(step: Step): Fault | undefined {
    if (this.#isDead) throw new SimulatedCrash();
    this.#steps.push(step);
    let found: Fault | undefined;
    for (const rule of this.#rules) {
      const { match, nth } = rule.fault;
      const isMatch = match instanceof RegExp ? match.test(step.words.join(" ")) : match(step);
      if (!isMatch) continue;
      rule.matches += 1;
      if (nth === undefined || nth === rule.matches) found ??= rule.fault;
    }
    return found;
  }

  /** Lets an outcome happen. Gives what the caller is told, if not what the kernel says. */
  #happen(outcome: FaultOutcome, step: Step): Output | undefined {
    switch (outcome.kind) {
      case "crash":
        this.#isDead = true;
        throw new SimulatedCrash();
      case "timeout": {
        const stderr = "it did not end within its time";
        throw new KernelError({ command: step.words, errno: "ETIMEDOUT", stderr });
      }
      case "killed":
        return KILLED;
      case "refused":
        return refusalOf(step.words[0] ?? "", outcome.errno);
      case "answer":
        return outcome.output;
      case "event":
        outcome.act();
        return undefined;
    }
  }
}

/** The words before an option and those behind its value. */
function splitAt(words: readonly string[], option: string): [string[], string[]] {
  const at = words.indexOf(option);
  return [words.slice(0, at), words.slice(at + 2)];
}

function append(total: { -readonly [K in keyof Output]: Output[K] }, output: Output): void {
  total.status = Math.max(total.status, output.status);
  total.stdout += output.stdout;
  total.stderr += output.stderr;
}

/** A piece of a batch counts its lines from 1; the whole batch goes on counting. */
function renumber(output: Output, linesBefore: number): Output {
  const stderr = output.stderr.replace(
    /^Command failed -:(\d+)$/gm,
    (_, number) => `Command failed -:${Number(number) + linesBefore}`,
  );
  return { ...output, stderr };
}
