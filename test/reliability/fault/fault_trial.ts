import { assert, assertEquals } from "@std/assert";
import type { Fault, Step } from "../../../sim/fault/fault.ts";
import { FaultyKernel } from "../../../sim/fault/faulty_kernel.ts";
import type { Isolator } from "../../../src/isolator/isolator.ts";
import { IsolatorError } from "../../../src/isolator/isolator_error.ts";
import { KernelError } from "../../../src/kernel/kernel_error.ts";
import { ListingError } from "../../../src/routing/json.ts";
import type { Bed } from "../bed.ts";
import type { Trial } from "../campaign.ts";
import { assertEnd, beginScene, type Course, openHost } from "../course.ts";
import { assertSameHoldings } from "../holdings.ts";
import { type Operation, RecoveryProblems, type Scene } from "../operations.ts";
import { FAULT_KINDS, type FaultKind, metricOf } from "./fault_table.ts";

/** What went wrong where. */
export interface FaultPoint {
  /** Which step of the operation, from 1; those that only look count as well. */
  readonly step: number;
  /** What goes wrong at it. */
  readonly kind: FaultKind;
}

/**
 * Lets one step of an operation fail, and checks that the operation either completed or can be done
 * again with success, that it said why in one sentence and counted it, and that neighbours talk on.
 *
 * @param bed The host; it holds what it held before when this is done.
 * @param operation The operation.
 * @param course What comes of it undisturbed.
 * @param point What goes wrong.
 * @throws {AssertionError} If anything is not as it must be.
 */
export async function tryFault(
  bed: Bed,
  operation: Operation,
  course: Course,
  point: FaultPoint,
): Promise<void> {
  const scene = await beginScene(bed, operation);
  let isArmed = false;
  const hit: Step[] = [];
  const fault: Fault = {
    ...point.kind.fault,
    match: (step) => {
      if (!isArmed) return false;
      hit.push(step);
      return true;
    },
    nth: point.step,
  };
  const kernel = new FaultyKernel(bed.world.kernel, [fault]);
  let opened: Isolator | undefined;
  const error = await failureOf(async () => {
    opened = await openHost(scene, operation, kernel, () => {
      isArmed = true;
    });
    await operation.run(scene, opened);
  });
  isArmed = false;
  const step = hit[point.step - 1];
  assert(step !== undefined, "the step was never come to");
  if (error === undefined) {
    assertSameHoldings(await bed.holdings(), course.after, "though the operation succeeded");
  } else {
    assertIsPlain(error);
    if (operation.isUndone) {
      assertSameHoldings(await bed.holdings(), course.before, "though the operation was undone");
    }
  }
  if (opened !== undefined) assertCounts(opened, step, point.kind, operation);
  await assertSucceedsAgain(scene, operation, course, opened);
}

async function failureOf(act: () => Promise<void>): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whoever reads it learns in one line what is wrong. */
function assertIsPlain(error: unknown): void {
  assert(
    error instanceof KernelError || error instanceof IsolatorError ||
      error instanceof ListingError || error instanceof RecoveryProblems,
    `a failure is told by a typed error, not by ${error}`,
  );
  const { message } = error;
  assert(!/[\n\0]/.test(message), `more than one line: ${JSON.stringify(message)}`);
  assert(message.length > 20, `hardly a sentence: ${JSON.stringify(message)}`);
}

/** The metric of the step that failed counts once, and no other does. */
function assertCounts(
  isolator: Isolator,
  step: Step,
  kind: FaultKind,
  { victims = 1, isOpening }: Operation,
): void {
  if (kind.counted === undefined) return;
  const metric = metricOf(step, kind.counted);
  const found = Object.entries(isolator.metrics)
    .filter(([name, value]) => /(adding|removing)_.*_filters_/.test(name) && value > 0);
  // In a batch of many containers, and where all of a host changes, more fails after it.
  const isAlone = victims === 1 && !isOpening;
  const counted = isAlone ? found : found.flatMap(([name]) => name === metric ? [[name, 1]] : []);
  assertEquals(counted, metric === undefined ? [] : [[metric, 1]], `counters of ${step.words}`);
}

async function assertSucceedsAgain(
  scene: Scene,
  operation: Operation,
  course: Course,
  opened: Isolator | undefined,
): Promise<void> {
  const { bed } = scene;
  let isolator = opened;
  if (isolator === undefined || operation.isOpening) {
    isolator = await (operation.open?.(bed, bed.world.kernel) ?? bed.adopt());
  }
  await operation.run(scene, isolator);
  await assertEnd(scene, operation, course, isolator);
}

/** Each step fails in every way that it can. */
export const FAULTS: Trial<FaultPoint> = {
  pointsOf: ({ steps }) =>
    steps.flatMap((step, i) =>
      FAULT_KINDS.filter(({ canHappenAt }) => canHappenAt(step))
        .map((kind) => ({ step: i + 1, kind }))
    ),
  tryPoint: tryFault,
  nameOf: ({ step, kind }) => `${kind.name} at step ${step}`,
};
