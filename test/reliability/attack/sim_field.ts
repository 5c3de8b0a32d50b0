import { assert } from "@std/assert";
import type { Link } from "../../../sim/model/link.ts";
import type { NetworkNamespace } from "../../../sim/model/namespace.ts";
import type { SimWorld } from "../../../sim/mod.ts";
import type { PacketTrace } from "../../../sim/trace/packet_trace.ts";
import { NS_PER_MS } from "../../../sim/time/virtual_clock.ts";
import { createSimWorld } from "../../../src/cli/sim/sim_world.ts";
import type { FilterLayout } from "../../../src/isolator/options.ts";
import { nameOf } from "../../../src/isolator/prove/place_name.ts";
import type { Place } from "../../../src/isolator/prove/steering.ts";
import type { World } from "../../support/world.ts";
import type { Field } from "./field.ts";
import { type Ground, makeGround } from "./ground.ts";
import { type Shot, stackOf, type Verdict, WIRE } from "./verdict.ts";

/** What a place is called and whose stack is behind it. */
interface Eye {
  readonly link: string;
  readonly stack: string;
}

/** How long a frame may be under way, in nanoseconds. */
const UNDER_WAY_NS = NS_PER_MS;

/** A host on the simulator that is attacked; each frame's own trace tells who saw it. */
export class SimField implements Field {
  readonly ground: Ground;
  readonly world: SimWorld & World;
  /** Links that put frames on, by the place where these arrive. */
  readonly #muzzles = new Map<Place, Link>();
  readonly #eyes = new Map<string, Eye>();

  private constructor(world: SimWorld & World, ground: Ground) {
    this.world = world;
    this.ground = ground;
    const { simulation, kernel: { machine } } = world;
    simulation.datapath.isTracing = true;
    const outside = simulation.machines.find(({ name }) => name === "outside")?.home;
    const wire = outside?.linkByName("wire");
    assert(outside !== undefined && wire !== undefined);
    this.#see(outside, "wire", { link: WIRE, stack: WIRE });
    for (const place of ground.steering.places) {
      const { kind, link, owner } = place;
      const isInside = kind === "inner-eth0" || kind === "inner-lo";
      const pid = ground.pids.get(owner?.name ?? "") ?? 0;
      const inside = machine.processes.get(pid)?.namespace;
      const namespace = isInside ? inside : machine.home;
      const arrival = namespace?.linkByName(link);
      assert(namespace !== undefined && arrival !== undefined);
      this.#see(namespace, link, { link: nameOf(place), stack: stackOf(place) });
      const isLoop = kind === "lo" || kind === "inner-lo";
      const muzzle = kind === "eth0" ? wire : isLoop ? arrival : arrival.peer;
      assert(muzzle !== undefined);
      this.#muzzles.set(place, muzzle);
    }
  }

  /**
   * Makes a field.
   *
   * @param layout How its filters are laid out.
   */
  static async open(layout: FilterLayout): Promise<SimField> {
    const world = await createSimWorld();
    return new SimField(world, await makeGround(world, layout));
  }

  /** {@inheritDoc Field.fire} */
  fire(shots: readonly Shot[]): Promise<Verdict[]> {
    const { datapath, clock } = this.world.simulation;
    const ids = shots.map(({ place, frame }) => {
      const muzzle = this.#muzzles.get(place);
      assert(muzzle !== undefined, "frames are put on at places of this field");
      const packet = datapath.newPacket(frame.slice(), muzzle);
      datapath.send(packet);
      return packet.id;
    });
    clock.runTo(clock.nowNs + UNDER_WAY_NS);
    const families = familiesOf(datapath.traces, ids);
    datapath.traces.length = 0;
    datapath.findings.length = 0;
    return Promise.resolve(ids.map((id) => this.#verdictOf(families.get(id) ?? [])));
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }

  #see({ machine, inode }: NetworkNamespace, link: string, eye: Eye): void {
    this.#eyes.set(`${machine.name} ${inode} ${link}`, eye);
  }

  #verdictOf(traces: readonly PacketTrace[]): Verdict {
    const links: string[] = [];
    const stacks: string[] = [];
    for (const { steps, end } of traces) {
      let here: Eye | undefined;
      for (const { stage, machine, namespace, link } of steps) {
        if (stage === "receive") {
          here = this.#eyes.get(`${machine} ${namespace} ${link}`);
          links.push(here?.link ?? `${machine} ${link}`);
        } else if (stage === "egress") here = undefined;
      }
      const isFiltered = end?.outcome === "consumed" || end?.reason === "filter";
      if (here !== undefined && !isFiltered) stacks.push(here.stack);
    }
    return { links: links.sort(), stacks: stacks.sort() };
  }
}

/** The traces of some packets and of all their copies, by the packet's number. */
function familiesOf(
  traces: readonly PacketTrace[],
  ids: readonly number[],
): Map<number, PacketTrace[]> {
  const families = new Map<number, PacketTrace[]>(ids.map((id) => [id, []]));
  const heads = new Map<number, number>(ids.map((id) => [id, id]));
  for (const trace of traces) {
    const head = heads.get(trace.copiedFrom ?? trace.packetId);
    if (head === undefined) continue;
    heads.set(trace.packetId, head);
    families.get(head)?.push(trace);
  }
  return families;
}
