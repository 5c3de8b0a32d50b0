import { Bed } from "../bed.ts";
import { type Operation, OPERATIONS } from "../operations.ts";
import { optionsOf, type Setting } from "../setting.ts";
import { type CrashPoint, followCourse, tryCrash } from "./crash_point.ts";

/** Which crash points are tried. */
export interface CrashPlan {
  /** On which kernel. */
  readonly kind: "sim" | "host";
  /** What the operator decided. */
  readonly setting: Setting;
  /** Each how many-th point is tried; 1 for all. */
  readonly every: number;
  /** Which of them comes first, from 0 to `every - 1`. */
  readonly offset: number;
  /** Part of the names of the operations; all when left out. */
  readonly only?: string;
}

/** What trying crash points came to. */
export interface CrashTally {
  /** Points at which a process died. */
  points: number;
  /** Datagrams that neighbours asked with, and lost. */
  asked: number;
  lost: number;
  /** What was not as it must be, each with its operation and point. */
  readonly failures: string[];
}

/** Failures after which a campaign gives up. */
const FAILURES_MAX = 5;

/**
 * Lets a process die at many points of every operation.
 *
 * @param plan Which points.
 * @param say Told about each operation and each failure.
 */
export async function runCrashes(
  plan: CrashPlan,
  say: (text: string) => void,
): Promise<CrashTally> {
  const tally: CrashTally = { points: 0, asked: 0, lost: 0, failures: [] };
  await using beds = new Beds(plan, tally);
  // Points are counted through all operations, so that one in many still meets each of them.
  let index = plan.offset;
  for (const operation of OPERATIONS) {
    if (plan.only !== undefined && !operation.name.includes(plan.only)) continue;
    const before = tally.points;
    index = await tryOperation(plan, operation, index, { beds, tally, say });
    say(`${operation.name}: ${tally.points - before} points`);
    if (tally.failures.length >= FAILURES_MAX) break;
  }
  return tally;
}

/** The host that operations share, as long as it is as it was. */
class Beds implements AsyncDisposable {
  readonly #plan: CrashPlan;
  readonly #tally: CrashTally;
  #open: Bed | undefined;

  constructor(plan: CrashPlan, tally: CrashTally) {
    this.#plan = plan;
    this.#tally = tally;
  }

  /** Gives the host, or a new one where it must be bare or was given up. */
  async take({ isBare }: Operation): Promise<Bed> {
    if (isBare || this.#open?.flow === undefined) await this.giveUp();
    const { kind, setting } = this.#plan;
    return this.#open ??= await Bed.create(kind, optionsOf(setting), isBare);
  }

  /** Ends the host, and counts what its neighbours lost. */
  async giveUp(): Promise<void> {
    const bed = this.#open;
    this.#open = undefined;
    const { asked, lost } = await bed?.flow?.settle() ?? { asked: 0, lost: 0 };
    this.#tally.asked += asked;
    this.#tally.lost += lost;
    await bed?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.giveUp();
  }
}

/** What trying an operation works with. */
interface Trial {
  readonly beds: Beds;
  readonly tally: CrashTally;
  readonly say: (text: string) => void;
}

async function tryOperation(
  { every }: CrashPlan,
  operation: Operation,
  first: number,
  { beds, tally, say }: Trial,
): Promise<number> {
  const course = await followCourse(await beds.take(operation), operation);
  const points = pointsOf(course.commands);
  let index = first;
  for (; index < points.length; index += every) {
    const point = points[index];
    if (point === undefined) break;
    const bed = await beds.take(operation);
    try {
      tally.points++;
      await tryCrash(bed, operation, course, point);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tally.failures.push(`${operation.name}, ${nameOf(point)}: ${reason}`);
      say(tally.failures.at(-1) ?? "");
      if (tally.failures.length >= FAILURES_MAX) break;
      await beds.giveUp();
    }
  }
  return index - points.length;
}

function pointsOf(commands: number): CrashPoint[] {
  return Array.from({ length: commands }, (_, i) => i + 1).flatMap((command) =>
    (["before", "after"] as const).map((when) => ({ command, when }))
  );
}

function nameOf({ command, when }: CrashPoint): string {
  return `killed right ${when} command ${command}`;
}
