import type { Bed } from "./bed.ts";
import { Beds, type BedSpec, type FlowCount } from "./beds.ts";
import { type Course, followCourse } from "./course.ts";
import { type Operation, OPERATIONS } from "./operations.ts";

/** Something that is done to operations at many points. */
export interface Trial<Point> {
  /**
   * Finds all points of an operation.
   *
   * @param course What comes of it undisturbed.
   */
  pointsOf(course: Course): Point[];
  /**
   * Tries one of them.
   *
   * @param bed The host; it holds what it held before when this is done.
   * @param operation The operation.
   * @param course What comes of it undisturbed.
   * @param point The point.
   * @throws {AssertionError} If anything is not as it must be.
   */
  tryPoint(bed: Bed, operation: Operation, course: Course, point: Point): Promise<void>;
  /**
   * Names a point for reports.
   *
   * @param point The point.
   */
  nameOf(point: Point): string;
}

/** Which points are tried. */
export interface Plan extends BedSpec {
  /** Each how many-th point is tried; 1 for all. */
  readonly every: number;
  /** Which of them comes first, from 0 to `every - 1`. */
  readonly offset: number;
  /** Part of the names of the operations; all when left out. */
  readonly only?: string;
}

/** What trying points came to. */
export interface Tally extends FlowCount {
  /** Points that were tried. */
  points: number;
  /** What was not as it must be, each with its operation and point. */
  readonly failures: string[];
}

/** Failures after which a campaign gives up. */
const FAILURES_MAX = 5;

/**
 * Tries many points of every operation.
 *
 * @param plan Which points.
 * @param trial What is done at them.
 * @param say Told about each operation and each failure.
 */
export async function runTrial<Point>(
  plan: Plan,
  trial: Trial<Point>,
  say: (text: string) => void,
): Promise<Tally> {
  const tally: Tally = { points: 0, asked: 0, lost: 0, failures: [] };
  await using beds = new Beds(plan, tally);
  // Points are counted through all operations, so that one in many still meets each of them.
  let index = plan.offset;
  for (const operation of OPERATIONS) {
    if (plan.only !== undefined && !operation.name.includes(plan.only)) continue;
    const before = tally.points;
    index = await tryOperation(plan, operation, index, { beds, tally, trial, say });
    say(`${operation.name}: ${tally.points - before} points`);
    if (tally.failures.length >= FAILURES_MAX) break;
  }
  return tally;
}

async function tryOperation<Point>(
  { every }: Plan,
  operation: Operation,
  first: number,
  { beds, tally, trial, say }: {
    readonly beds: Beds;
    readonly tally: Tally;
    readonly trial: Trial<Point>;
    readonly say: (text: string) => void;
  },
): Promise<number> {
  const course = await followCourse(await beds.take(operation), operation);
  const points = trial.pointsOf(course);
  let index = first;
  for (; index < points.length; index += every) {
    const point = points[index];
    if (point === undefined) break;
    const bed = await beds.take(operation);
    try {
      tally.points++;
      await trial.tryPoint(bed, operation, course, point);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tally.failures.push(`${operation.name}, ${trial.nameOf(point)}: ${reason}`);
      say(tally.failures.at(-1) ?? "");
      if (tally.failures.length >= FAILURES_MAX) break;
      await beds.giveUp();
    }
  }
  return index - points.length;
}
