import type { World } from "../../support/world.ts";
import type { Ground } from "./ground.ts";
import type { Shot, Verdict } from "./verdict.ts";

/** A host that is attacked. */
export interface Field extends AsyncDisposable {
  /** The world that the host is in. */
  readonly world: World;
  /** What is known of it. */
  readonly ground: Ground;
  /**
   * Puts frames on its links, and sees where each gets to.
   *
   * @param shots The frames, no two of which are the same.
   * @returns Who saw each.
   */
  fire(shots: readonly Shot[]): Promise<Verdict[]>;
}
