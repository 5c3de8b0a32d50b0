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
  { kind: "host", create: createHostWorld, missing: await outsideSandbox() },
];

/** What a case needs that not every kernel has. */
export interface CaseOptions {
  /** Kernels that the case is for; all when left out. */
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
    Deno.test({
      name: `${title}${reason} [${kind}]`,
      ignore: missing !== undefined,
      fn: async (test) => {
        await using world = await create();
        await body(world, test);
      },
    });
  }
}
