import { assertEquals, AssertionError } from "@std/assert";
import type { Fault } from "../../../sim/fault/fault.ts";
import { FaultyKernel } from "../../../sim/fault/faulty_kernel.ts";
import { Isolator } from "../../../src/isolator/isolator.ts";
import type { KernelNetwork } from "../../../src/kernel/kernel_network.ts";
import type { Bed } from "../bed.ts";
import type { Trial } from "../campaign.ts";
import { assertEnd, beginScene, type Course, isChange, openHost } from "../course.ts";
import { assertSameHoldings } from "../holdings.ts";
import { type Operation, recover, type Scene } from "../operations.ts";

/** Right before or right after which command of an operation its process dies. */
export interface CrashPoint {
  /** The command, from 1, of those that may change the kernel; lines of a batch count each. */
  readonly command: number;
  /** On which side of it. */
  readonly when: "before" | "after";
}

/**
 * Lets a process die at a point of an operation, lets a new one recover, and looks at what came of
 * it: whether the container is whole or gone, whether anything was left behind, and whether the
 * neighbours' flow lost a datagram.
 *
 * @param bed The host; it holds what it held before when this is done.
 * @param operation The operation.
 * @param course What comes of it undisturbed.
 * @param point Where the process dies.
 * @throws {AssertionError} If anything is not as it must be.
 */
export async function tryCrash(
  bed: Bed,
  operation: Operation,
  course: Course,
  point: CrashPoint,
): Promise<void> {
  const scene = await beginScene(bed, operation);
  let isArmed = false;
  const crash: Fault = {
    match: (step) => isArmed && isChange(step),
    nth: point.command,
    when: point.when,
    outcome: { kind: "crash" },
  };
  const doomed = new FaultyKernel(bed.world.kernel, [crash, ...ticking(bed)]);
  const dies = async () => {
    const isolator = await openHost(scene, operation, doomed, () => {
      isArmed = true;
    });
    await operation.run(scene, isolator);
  };
  await assertCrashes(doomed, dies);
  await assertRecovers(scene, operation, course, point);
}

async function assertRecovers(
  scene: Scene,
  operation: Operation,
  course: Course,
  { when }: CrashPoint,
): Promise<void> {
  const { bed } = scene;
  const kernel = new FaultyKernel(bed.world.kernel, ticking(bed));
  const isolator = await (operation.open ?? reopen)(bed, kernel);
  if (!operation.isBare) {
    const { problems } = await isolator.recover();
    assertEquals(problems, [], "problems that recovery had");
    // Once is enough for two points with nothing between them.
    if (when === "before") await assertIsSettled(scene, operation);
  }
  if (operation.run !== recover) await operation.run(scene, isolator);
  await assertEnd(scene, operation, course, isolator);
}

/** What one recovery has left, a second one finds in order. */
async function assertIsSettled({ bed }: Scene, operation: Operation): Promise<void> {
  const before = await bed.holdings();
  const open = operation.open ?? reopen;
  const report = await (await open(bed, bed.world.kernel)).recover();
  const found = {
    ...{ mended: report.mendedFilters, removed: report.removed.length },
    ...{ stale: report.staleHandles.length, broken: report.brokenSymlinks.length },
    ...{ partial: report.partial.length, problems: report.problems.length },
  };
  assertEquals(
    found,
    { mended: 0, removed: 0, stale: 0, broken: 0, partial: 0, problems: 0 },
    "what a second recovery still found to do",
  );
  assertSameHoldings(await bed.holdings(), before, "after a second recovery");
}

function reopen(bed: Bed, kernel: KernelNetwork): Promise<Isolator> {
  return Isolator.create(bed.options, kernel);
}

/** What a dead process would have told of its end does not matter. */
async function assertCrashes(kernel: FaultyKernel, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!kernel.isDead) throw error;
  }
  if (!kernel.isDead) throw new AssertionError("the process never came to the point of its death");
}

/** Lets the neighbours' flow run between all steps, where it does not run by itself. */
function ticking({ flow }: Bed): Fault[] {
  if (flow?.tick === undefined) return [];
  const outcome = { kind: "event", act: () => flow.tick?.() } as const;
  return [{ match: () => true, when: "after", outcome }];
}

/** Every process dies right before and right after each command. */
export const CRASHES: Trial<CrashPoint> = {
  pointsOf: ({ steps }) =>
    steps.filter(isChange).flatMap((_, i) =>
      (["before", "after"] as const).map((when) => ({ command: i + 1, when }))
    ),
  tryPoint: tryCrash,
  nameOf: ({ command, when }) => `killed right ${when} command ${command}`,
};
