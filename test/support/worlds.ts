import { createSimWorld } from "../../src/cli/sim/sim_world.ts";
import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { outsideSandbox } from "../../src/cli/demo/sandbox.ts";
import type { World } from "./world.ts";

/**
 * Every kind of world: what it is called in titles, how to make one, and why that cannot be done.
 */
const KINDS: readonly {
  readonly kind: World["kind"];
  readonly create: () => Promise<World>;
  readonly missing: string | undefined;
}[] = [
  { kind: "sim", create: createSimWorld, missing: undefined },
  { kind: "host", create: createHostWorld, missing: await outsideSandbox() },
];

/** What a case needs that not every kernel has. */
export interface CaseOptions {
  /** The one kernel that the case is for, said in its title; every kernel when left out. */
  readonly only?: World["kind"];
}

/**
 * Registers a case once for each kernel, each time in a world of its own.
 *
 * @param title The claim.
 * @param body What shows it.
 * @param options What the case needs.
 */
export function onEachKernel(
  title: string,
  body: (world: World, test: Deno.TestContext) => Promise<void>,
  options: CaseOptions = {},
): void {
  for (const { kind, create, missing } of KINDS) {
    if (options.only !== undefined && options.only !== kind) continue;
    const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
    const arm = options.only === undefined ? kind : `${kind} only`;
    Deno.test({
      name: `${title}${reason} [${arm}]`,
      ignore: missing !== undefined,
      fn: async (test) => {
        await using world = await create();
        await body(world, test);
      },
    });
  }
}

/**
 * Waits in a world until something is so.
 *
 * @param world The world, whose time passes meanwhile.
 * @param what What is waited for, for the error.
 * @param isSo Looks.
 * @throws {Error} If it is not so within 10 s of the world's clock.
 */
export async function untilIn(
  world: World,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isSo()) return;
    await world.pass(50);
  }
  throw new Error(`${what} did not come about within 10 s`);
}
