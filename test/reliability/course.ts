import { assertEquals } from "@std/assert";
import { FaultyKernel } from "../../sim/fault/faulty_kernel.ts";
import type { Step } from "../../sim/fault/fault.ts";
import type { Isolator } from "../../src/isolator/isolator.ts";
import type { Bed } from "./bed.ts";
import { assertSameHoldings } from "./holdings.ts";
import type { Operation, Scene } from "./operations.ts";

/** What the host holds around an operation that nothing disturbs. */
export interface Course {
  /** Before all. */
  readonly baseline: string;
  /** Right before the operation. */
  readonly before: string;
  /** Right after it. */
  readonly after: string;
  /** Every command and file operation of it, in order; lines of a batch count each. */
  readonly steps: readonly Step[];
}

/**
 * Carries an operation out undisturbed, and takes away what came of it.
 *
 * @param bed The host.
 * @param operation The operation.
 */
export async function followCourse(bed: Bed, operation: Operation): Promise<Course> {
  const baseline = await bed.holdings();
  const scene = await beginScene(bed, operation);
  const kernel = new FaultyKernel(bed.world.kernel);
  let stepsBefore = 0;
  let before = "";
  const isolator = await openHost(scene, operation, kernel, async () => {
    before = await bed.holdings();
    stepsBefore = kernel.steps.length;
  });
  await operation.run(scene, isolator);
  const steps = kernel.steps.slice(stepsBefore);
  const after = await bed.holdings();
  await endScene(scene, operation, await bed.adopt());
  const left = await bed.holdings();
  if (!operation.isBare) assertSameHoldings(left, baseline, "once all was taken away");
  return { baseline, before, after, steps };
}

/**
 * Starts the processes that an operation needs.
 *
 * @param bed The host.
 * @param operation The operation.
 */
export async function beginScene(bed: Bed, { victims = 1 }: Operation): Promise<Scene> {
  const stations = [];
  for (let i = 0; i < victims; i++) stations.push(await bed.start(`victim ${i + 1}`));
  return { bed, victims: stations };
}

/**
 * Does what comes before an operation, and opens the host for it.
 *
 * @param scene The host and the processes.
 * @param operation The operation.
 * @param kernel What the operation works on.
 * @param arm Told right before the operation begins.
 * @returns The isolator that is to carry the operation out.
 */
export async function openHost(
  scene: Scene,
  operation: Operation,
  kernel: FaultyKernel,
  arm: () => void | Promise<void>,
): Promise<Isolator> {
  const { bed } = scene;
  const { before, isSameProcess, isOpening, open } = operation;
  if (before !== undefined && !isSameProcess) await before(scene, await bed.adopt());
  if (isOpening) await arm();
  const isolator = await (open === undefined ? bed.adopt(kernel) : open(bed, kernel));
  if (before !== undefined && isSameProcess) await before(scene, isolator);
  if (!isOpening) await arm();
  return isolator;
}

/**
 * Ends the processes and takes away what came of an operation.
 *
 * @param scene The host and the processes.
 * @param operation The operation.
 * @param isolator Who takes it away.
 */
async function endScene(
  scene: Scene,
  operation: Operation,
  isolator: Isolator,
): Promise<void> {
  for (const victim of scene.victims) await victim.kill();
  await operation.after(scene, isolator);
}

/**
 * Checks that a disturbed operation came to what an undisturbed one comes to, that nothing is left
 * once that is taken away, and that no neighbour lost a packet.
 *
 * @param scene The host and the processes; they are ended.
 * @param operation The operation, which was done again.
 * @param course What comes of it undisturbed.
 * @param isolator Who takes away what came of it.
 */
export async function assertEnd(
  scene: Scene,
  operation: Operation,
  course: Course,
  isolator: Isolator,
): Promise<void> {
  const { bed } = scene;
  assertSameHoldings(await bed.holdings(), course.after, "after the operation was done again");
  await endScene(scene, operation, isolator);
  if (!operation.isBare) {
    assertSameHoldings(await bed.holdings(), course.baseline, "once all was taken away");
  }
  const { asked, lost } = await bed.flow?.settle() ?? { asked: 0, lost: 0 };
  assertEquals(lost, 0, `datagrams of ${asked} that neighbours lost`);
}

/**
 * Tells whether a step may change the kernel.
 *
 * @param step The step.
 */
export function isChange({ effect }: Pick<Step, "effect">): boolean {
  return effect === "change";
}
