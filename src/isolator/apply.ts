import { type BatchFailure, runBatch, runBatchForced } from "../kernel/batch.ts";
import { change as runCommand, toInvocation } from "../kernel/command.ts";
import { isExists, isNotFound, KernelError } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { run } from "../kernel/run.ts";
import { parseSysctls } from "../routing/sysctl.ts";
import { batchKey, batchOf, groupForBatches } from "./batches.ts";
import { mapBounded } from "./bounded.ts";
import { type Change, changeWords, settingsCommand } from "./change.ts";
import { IsolatorError } from "./isolator_error.ts";
import type { Metrics } from "./metrics.ts";

/** Carries plans out. */
export interface Applier {
  /**
   * Carries out steps in order, up to the first that fails.
   *
   * @param changes The steps.
   * @throws {KernelError} If the kernel refuses a step.
   * @throws {IsolatorError} With code `settings-refused` if a setting did not take.
   */
  apply(changes: readonly Change[]): Promise<void>;

  /**
   * Carries out plans of one shape side by side: what they do at the host is done in batches that
   * they share.
   *
   * @param plans The plans; each is carried out up to about its first failure.
   * @returns For each plan, why it failed; undefined where it did not.
   */
  applyTogether(plans: readonly (readonly Change[])[]): Promise<unknown[]>;

  /**
   * Carries out removals in order, going on past those that fail. What is gone already is no
   * failure. A symbolic link leads whoever comes later to all the rest, so it stays where something
   * of that does.
   *
   * @param changes The steps.
   * @returns Why each step failed that did.
   */
  applyAll(changes: readonly Change[]): Promise<Error[]>;
}

/** Carries plans out on a kernel. */
export class KernelApplier implements Applier {
  readonly #kernel: KernelNetwork;
  readonly #metrics: Metrics;

  /**
   * Makes an applier that works on a kernel.
   *
   * @param kernel What to change.
   * @param metrics Where failures are counted.
   */
  constructor(kernel: KernelNetwork, metrics: Metrics) {
    this.#kernel = kernel;
    this.#metrics = metrics;
  }

  /** {@inheritDoc Applier.apply} */
  async apply(changes: readonly Change[]): Promise<void> {
    for (const group of groupForBatches(changes)) {
      try {
        await this.#run(group);
      } catch (error) {
        const line = error instanceof KernelError ? error.batchLine?.number ?? 1 : 1;
        this.#count(group[line - 1], error);
        throw error;
      }
    }
  }

  /** {@inheritDoc Applier.applyAll} */
  async applyAll(changes: readonly Change[]): Promise<Error[]> {
    const errors: Error[] = [];
    for (const group of groupForBatches(changes)) {
      if (group[0]?.kind === "unlink" && errors.length > 0) continue;
      for (const { number, error } of await this.#runForced(group)) {
        this.#count(group[number - 1], error);
        if (!isNotFound(error)) errors.push(error);
      }
    }
    return errors;
  }

  /** {@inheritDoc Applier.applyTogether} */
  async applyTogether(plans: readonly (readonly Change[])[]): Promise<unknown[]> {
    const errors: unknown[] = plans.map(() => undefined);
    const grouped = plans.map(groupForBatches);
    const rounds = Math.max(0, ...grouped.map(({ length }) => length));
    for (let round = 0; round < rounds; round++) {
      const members = grouped.flatMap((groups, plan): Member[] => {
        const group = groups[round];
        return errors[plan] !== undefined || group === undefined ? [] : [{ plan, group }];
      });
      const batches = shareBatches(members);
      const failures = await mapBounded(batches, PROCESSES_MAX, (batch) => this.#runShared(batch));
      for (const { plan, error } of failures.flat()) errors[plan] ??= error;
    }
    return errors;
  }

  async #runShared(members: readonly Member[]): Promise<{ plan: number; error: unknown }[]> {
    const changes = members.flatMap(({ group }) => group);
    const planOf = members.flatMap(({ plan, group }) => group.map(() => plan));
    const batch = batchOf(changes);
    try {
      const [only] = members;
      if (only !== undefined && (batch === undefined || members.length === 1)) {
        await this.#run(only.group);
        return [];
      }
      const failures = batch === undefined ? [] : await runBatchForced(this.#kernel, batch);
      return failures.map(({ number, error }) => {
        this.#count(changes[number - 1], error);
        return { plan: planOf[number - 1] ?? 0, error };
      });
    } catch (error) {
      // Where the tool gave up, nobody knows which lines it has read.
      return members.map(({ plan }) => ({ plan, error }));
    }
  }

  async #run(group: readonly Change[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const batch = batchOf(group);
    if (batch === undefined) await this.#runOne(first);
    else await runBatch(this.#kernel, batch);
  }

  async #runForced(group: readonly Change[]): Promise<readonly BatchFailure[]> {
    const batch = batchOf(group);
    try {
      if (batch !== undefined) return await runBatchForced(this.#kernel, batch);
      await this.#run(group);
      return [];
    } catch (error) {
      if (error instanceof KernelError && group.length === 1) return [{ number: 1, error }];
      if (!(error instanceof KernelError)) throw error;
      // The tool gave up within the batch: try each line by itself, so that none is left out.
      const each = await Promise.all(group.map((change) => this.#runForced([change])));
      return each.flatMap((failures, i) =>
        failures.map((failure) => ({ ...failure, number: i + 1 }))
      );
    }
  }

  async #runOne(change: Change): Promise<void> {
    const kernel = this.#kernel;
    switch (change.kind) {
      case "command":
        return await runCommand(kernel, change.command);
      case "settings":
        return await this.#applySettings(change);
      case "folder":
        return await kernel.makeDirectory(change.path);
      case "symlink":
        return await kernel.symlink(change.target, change.path);
      case "unlink":
        return await kernel.unlink(change.path);
    }
  }

  /**
   * Writes settings and compares what is read back: `sysctl` may exit with 0 for a refused value.
   */
  async #applySettings(change: Extract<Change, { kind: "settings" }>): Promise<void> {
    const invocation = toInvocation(settingsCommand(change), "change");
    const { stdout, stderr } = await run(this.#kernel, invocation, { tolerate: [1, 255] });
    const values = parseSysctls(stdout);
    for (const [key, wanted] of [...change.optional, ...change.required]) {
      const value = values.get(key);
      if (value === wanted || (value === undefined && !change.required.has(key))) continue;
      const [said = "this kernel does not have it"] = stderr.trim().split("\n");
      throw new IsolatorError(
        "settings-refused",
        `${key} of ${change.namespace ?? "the host"} is ${
          value ?? "absent"
        } instead of ${wanted}: ` +
          (said === "" ? "this kernel does not take it" : said),
      );
    }
  }

  #count(change: Change | undefined, error: unknown): void {
    if (change?.kind !== "command" || change.counter === undefined) return;
    const { counter } = change;
    const removing = counter.startsWith("removing_");
    const ending = removing && isNotFound(error)
      ? "do_not_exist"
      : !removing && isExists(error)
      ? "already_exist"
      : "errors";
    this.#metrics.count(`${counter}_${ending}`);
  }
}

/** Prints plans instead of carrying them out. */
export class PrintingApplier implements Applier {
  readonly #print: (words: readonly string[]) => void;

  /**
   * Makes an applier that only prints.
   *
   * @param print Takes the words of each command line, in order.
   */
  constructor(print: (words: readonly string[]) => void) {
    this.#print = print;
  }

  /** {@inheritDoc Applier.apply} */
  apply(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#print(changeWords(change));
    return Promise.resolve();
  }

  /** {@inheritDoc Applier.applyTogether} */
  async applyTogether(plans: readonly (readonly Change[])[]): Promise<unknown[]> {
    for (const plan of plans) await this.apply(plan);
    return plans.map(() => undefined);
  }

  /** {@inheritDoc Applier.applyAll} */
  async applyAll(changes: readonly Change[]): Promise<Error[]> {
    await this.apply(changes);
    return [];
  }
}

/** One plan's part in a batch. */
interface Member {
  readonly plan: number;
  readonly group: readonly Change[];
}

/** Joins the groups that one process can carry out. */
function shareBatches(members: readonly Member[]): Member[][] {
  const shared = new Map<string, Member[]>();
  members.forEach((member, i) => {
    const [first] = member.group;
    const key = (first && batchKey(first)) ?? `alone ${i}`;
    shared.set(key, [...shared.get(key) ?? [], member]);
  });
  return [...shared.values()];
}

/** Most processes that work side by side, each in another container's namespace. */
const PROCESSES_MAX = 4;
