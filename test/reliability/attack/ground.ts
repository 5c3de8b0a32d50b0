import { type Place, readSteering, type Steering } from "../../../src/isolator/prove/steering.ts";
import type { FilterLayout } from "../../../src/isolator/options.ts";
import { parsePorts } from "../../../src/ports/mod.ts";
import { createIsolator, startIsolated } from "../../support/isolated.ts";
import type { World } from "../../support/world.ts";

/** The containers that are attacked and attack, with ports at the edges of what there is. */
const CONTAINERS: Readonly<Record<string, string>> = {
  one: "31000-31007,31100",
  two: "31008-31015",
  three: "0-7,53,31900-32000",
};

/** A host with containers, and every link at which a frame can be put on it. */
export interface Ground {
  /** How its filters are laid out. */
  readonly layout: FilterLayout;
  /** The filters, and whose each port is. */
  readonly steering: Steering;
  /** The processes of the containers, by name. */
  readonly pids: ReadonlyMap<string, number>;
}

/**
 * Makes a ground out of a fresh world.
 *
 * @param world The world.
 * @param layout How filters are laid out.
 */
export async function makeGround(world: World, layout: FilterLayout): Promise<Ground> {
  const ports = parsePorts("0-255,31000-32000");
  const isolator = await createIsolator(world, { filterLayout: layout, ports });
  const pids = new Map<string, number>();
  for (const [name, ports] of Object.entries(CONTAINERS)) {
    pids.set(name, (await startIsolated(world, isolator, name, { ports })).pid);
  }
  return { layout, steering: await readSteering(world.kernel, isolator.host), pids };
}

/**
 * Names a place the same in every world.
 *
 * @param place The place.
 * @returns What it is and whose, such as `eth0` or `veth one`.
 */
export function keyOf({ kind, owner }: Place): string {
  return owner === undefined ? kind : `${kind} ${owner.name}`;
}
