import { measured, type OnRun } from "./measured_kernel.ts";
import type { Invocation, Output } from "./kernel_network.ts";
import type { ToolResult } from "./process.ts";

/** Runs a program with a text as its input. */
export type RunProgram = (words: readonly string[], stdin: string) => Promise<ToolResult>;

/** Tools that need no more of a namespace than its network, so that one process can visit many. */
const TOOLS: ReadonlySet<string> = new Set(["tc", "ss"]);

/** How many namespaces one process visits: some seconds of work where the machine is busy. */
const NAMESPACES_AT_ONCE = 100;

/** How many such processes work side by side. */
const PROCESSES = 2;

/** The program that visits namespaces; undefined where this module came from no folder. */
const PROGRAM = import.meta.dirname && `${import.meta.dirname}/in_namespaces.pl`;

/** One who waits for what a tool answers in a namespace. */
interface Waiting extends PromiseWithResolvers<Output> {
  readonly invocation: Invocation;
}

/**
 * Runs with few processes of its own what is to be run alike in many namespaces at about the same
 * time. Starting a tool by itself costs several times as much as the tool.
 */
export class RunTogether {
  readonly #runAlone: (invocation: Invocation) => Promise<Output>;
  readonly #runProgram: RunProgram;
  readonly #onRun: OnRun;
  #waiting: Waiting[] = [];
  #queue: Waiting[][] = [];
  #running = 0;

  /**
   * Makes a runner.
   *
   * @param runAlone Runs one tool by itself.
   * @param runProgram Runs the program that visits namespaces.
   * @param onRun Hears of each process: of a visit to many namespaces once.
   */
  constructor(
    runAlone: (invocation: Invocation) => Promise<Output>,
    runProgram: RunProgram,
    onRun: OnRun = () => {},
  ) {
    this.#onRun = onRun;
    this.#runAlone = (invocation) => measured(invocation, onRun, () => runAlone(invocation));
    this.#runProgram = runProgram;
  }

  /**
   * Runs a tool, together with others that run likewise.
   *
   * @param invocation The tool, its arguments and where it works.
   * @returns What it answered.
   * @throws {KernelError} If the tool is missing or exceeds its time limit.
   */
  run(invocation: Invocation): Promise<Output> {
    if (!canVisit(invocation)) return this.#runAlone(invocation);
    // Many who were woken by the same event ask one after another; the timer comes after them all.
    if (this.#waiting.length === 0) setTimeout(() => this.#flush(), 0);
    const waiting = { invocation, ...Promise.withResolvers<Output>() };
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  #flush(): void {
    const groups = Map.groupBy(
      this.#waiting,
      ({ invocation: { tool, args, stdin } }) => JSON.stringify([tool, args, stdin]),
    );
    this.#waiting = [];
    for (const group of groups.values()) {
      if (group.length === 1) this.#visitAlone(group);
      const size = Math.min(NAMESPACES_AT_ONCE, Math.ceil(group.length / PROCESSES));
      for (let begin = 0; group.length > 1 && begin < group.length; begin += size) {
        this.#queue.push(group.slice(begin, begin + size));
      }
    }
    while (this.#running < PROCESSES && this.#queue.length > 0) this.#work();
  }

  async #work(): Promise<void> {
    this.#running++;
    for (let group = this.#queue.shift(); group !== undefined; group = this.#queue.shift()) {
      await this.#visit(group);
    }
    this.#running--;
  }

  /** Visits namespaces with one process; where that cannot be, or hangs, each by itself. */
  async #visit(group: readonly Waiting[]): Promise<void> {
    const [{ invocation } = {}] = group;
    if (invocation === undefined) return;
    const { tool, args, stdin = "" } = invocation;
    const names = group.map(({ invocation: { namespace } }) => namespace).join("\0");
    const words = ["/usr/bin/perl", PROGRAM ?? "", tool, ...args];
    const visit = () => this.#runProgram(words, `${names}\0\0${stdin}`);
    const result = await measured(invocation, this.#onRun, visit).catch(() => undefined);
    const answers = result?.status === 0 ? answersOf(result) : [];
    if (answers.length !== group.length) return await this.#visitAlone(group);
    for (const [i, answer] of answers.entries()) group[i]?.resolve(answer);
  }

  async #visitAlone(group: readonly Waiting[]): Promise<void> {
    for (const { invocation, resolve, reject } of group) {
      await this.#runAlone(invocation).then(resolve, reject);
    }
  }
}

/** Tells whether a process that visits many namespaces can run a tool in this one. */
function canVisit({ tool, namespace, effect }: Invocation): boolean {
  return PROGRAM !== undefined && namespace !== undefined && effect === "read" && TOOLS.has(tool);
}

/**
 * Reads what the program wrote: for each namespace a text and a status to standard output, and a
 * text to standard error, all closed by zeros.
 *
 * @returns Nothing where the two do not speak of as many namespaces.
 */
function answersOf({ stdout, stderr }: ToolResult): Output[] {
  const words = stdout.split("\0").slice(0, -1);
  const complaints = stderr.split("\0").slice(0, -1);
  if (words.length !== 2 * complaints.length) return [];
  return complaints.map((complaint, i) => {
    const [text = "", status] = words.slice(2 * i, 2 * i + 2);
    return { status: Number(status), stdout: text, stderr: complaint };
  });
}
