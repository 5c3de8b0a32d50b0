import { setImmediate } from "node:timers";
import { SimWorld, type SimWorldOptions } from "../../../sim/mod.ts";
import {
  HOST_ADDRESS,
  HOST_MAC,
  OUTSIDE_ADDRESS,
  OUTSIDE_MAC,
  PREFIX_LENGTH,
  type World,
} from "../demo/world.ts";

/** What may differ between simulated worlds. */
export type SimWorldChoices = Omit<SimWorldOptions, "host" | "outside" | "prefixLength" | "turn">;

/**
 * Makes a world on the simulator, the twin of the one on the real kernel.
 *
 * @param choices What differs from the defaults.
 */
export async function createSimWorld(choices: SimWorldChoices = {}): Promise<SimWorld & World> {
  return await SimWorld.create({
    ...choices,
    host: { address: HOST_ADDRESS, mac: HOST_MAC },
    outside: { address: OUTSIDE_ADDRESS, mac: OUTSIDE_MAC },
    prefixLength: PREFIX_LENGTH,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  });
}
