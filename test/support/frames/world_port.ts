import { assert } from "@std/assert";
import { SimWorld } from "../../../sim/mod.ts";
import type { World } from "../world.ts";
import type { FramePort } from "./frame_stage.ts";
import { RawPort } from "./raw_port.ts";
import { SimPort } from "./sim_port.ts";

/** A link of a world: of the outside machine, of the host, or of a container by its process. */
export interface WorldLink {
  /** Whose it is. */
  readonly of: "outside" | "host" | number;
  /** Its name there. */
  readonly link: string;
}

/**
 * Opens a link of a world to put any frame on it and to see what arrives.
 *
 * @param world The world.
 * @param place The link.
 */
export async function openWorldPort(
  world: World,
  { of, link }: WorldLink,
): Promise<FramePort> {
  if (world instanceof SimWorld) {
    const { simulation, kernel } = world;
    const outside = simulation.machines.find(({ name }) => name === "outside");
    const namespace = of === "outside"
      ? outside?.home
      : of === "host"
      ? kernel.machine.home
      : kernel.machine.processes.get(of)?.namespace;
    const found = namespace?.linkByName(link);
    assert(found !== undefined, `there is ${link}`);
    return new SimPort(simulation, found);
  }
  const enter = of === "outside"
    ? ["--net=/run/netns/outside"]
    : [`--target=${of === "host" ? Deno.pid : of}`, "--net"];
  return await RawPort.openIn(["nsenter", ...enter], link);
}
