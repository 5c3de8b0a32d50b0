import { assert } from "@std/assert";
import { createHostWorld } from "../../../src/cli/demo/host_world.ts";
import type { FilterLayout } from "../../../src/isolator/options.ts";
import { nameOf } from "../../../src/isolator/prove/place_name.ts";
import type { Place } from "../../../src/isolator/prove/steering.ts";
import type { World } from "../../support/world.ts";
import type { Field } from "./field.ts";
import { type Ground, makeGround } from "./ground.ts";
import { PacketSockets, type SocketPlace } from "./packet_sockets.ts";
import { type Shot, stackOf, type Verdict, WIRE } from "./verdict.ts";

/** Protocols whose packets a stack's raw sockets see. */
const PROTOCOLS = [1, 6, 17, 47];

const OUTSIDE = "/run/netns/outside";

/** A socket, and what it stands for. */
interface Eye extends SocketPlace {
  readonly place: string;
  readonly isStack: boolean;
}

/** A host on the real kernel that is attacked, with a packet socket on each link. */
export class HostField implements Field {
  readonly ground: Ground;
  readonly world: World;
  readonly #sockets: PacketSockets;
  readonly #eyes: readonly Eye[];

  private constructor(
    world: World,
    ground: Ground,
    eyes: readonly Eye[],
    sockets: PacketSockets,
  ) {
    this.world = world;
    this.ground = ground;
    this.#eyes = eyes;
    this.#sockets = sockets;
  }

  /**
   * Makes a field.
   *
   * @param layout How its filters are laid out.
   * @throws {AssertionError} Outside a sandbox.
   */
  static async open(layout: FilterLayout): Promise<HostField> {
    const world = await createHostWorld();
    const ground = await makeGround(world, layout);
    const eyes = eyesOf(ground);
    return new HostField(world, ground, eyes, await PacketSockets.open(eyes));
  }

  /** {@inheritDoc Field.fire} */
  async fire(shots: readonly Shot[]): Promise<Verdict[]> {
    const arrived = await this.#sockets.exchange(
      shots.map(({ place, frame }) => ({ socket: this.#muzzleOf(place), bytes: frame })),
    );
    const byFrame = new Map(shots.map(({ frame }, i) => [keyOf(withoutTag(frame)), i]));
    const verdicts = shots.map((): { links: string[]; stacks: string[] } => ({
      links: [],
      stacks: [],
    }));
    for (const { socket, bytes } of arrived) {
      const eye = this.#eyes[socket];
      assert(eye !== undefined);
      if (eye.isStack) {
        shots.forEach(({ frame }, i) => {
          if (isPacketOf(frame, bytes)) verdicts[i]?.stacks.push(eye.place);
        });
      } else {
        const shot = byFrame.get(keyOf(bytes));
        if (shot !== undefined) verdicts[shot]?.links.push(eye.place);
      }
    }
    return verdicts.map(({ links, stacks }) => ({ links: links.sort(), stacks: stacks.sort() }));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }

  /** The socket that puts frames on where they then arrive. */
  #muzzleOf({ kind, link, owner }: Place): number {
    const { host } = this.ground.steering;
    const names: Readonly<Record<Place["kind"], string>> = {
      eth0: WIRE,
      lo: `host ${link}`,
      veth: `${owner?.name} ${host.eth0}`,
      "inner-eth0": `host ${owner?.veth}`,
      "inner-lo": `${owner?.name} ${link}`,
    };
    return this.#eyes.findIndex(({ place, isStack }) => !isStack && place === names[kind]);
  }
}

function eyesOf({ steering, pids }: Ground): Eye[] {
  const wire = { namespace: OUTSIDE, name: "wire", place: WIRE, isStack: false };
  const links = steering.places.map((place): Eye => ({
    ...{ namespace: namespaceOf(place, pids), name: place.link },
    ...{ place: nameOf(place), isStack: false },
  }));
  const stacks = steering.places
    .filter(({ kind }) => kind === "eth0" || kind === "inner-eth0")
    .flatMap((place) =>
      PROTOCOLS.map((name): Eye => ({
        ...{ namespace: namespaceOf(place, pids), name },
        ...{ place: stackOf(place), isStack: true },
      }))
    );
  return [wire, ...links, ...stacks];
}

function namespaceOf({ kind, owner }: Place, pids: ReadonlyMap<string, number>): string {
  const isInside = kind === "inner-eth0" || kind === "inner-lo";
  return `/proc/${isInside ? pids.get(owner?.name ?? "") : Deno.pid}/ns/net`;
}

function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const VLAN_TYPES = [0x8100, 0x88a8];

/** The kernel carries a tag beside the frame, where packet sockets do not see it. */
function withoutTag(frame: Uint8Array): Uint8Array {
  const type = (frame[12] ?? 0) << 8 | (frame[13] ?? 0);
  if (!VLAN_TYPES.includes(type)) return frame;
  return Uint8Array.of(...frame.subarray(0, 12), ...frame.subarray(16));
}

/** Whether a frame brings a packet; a stack takes off what it is padded with. */
function isPacketOf(frame: Uint8Array, packet: Uint8Array): boolean {
  const body = withoutTag(frame).subarray(14);
  return packet.length <= body.length && packet.every((byte, i) => byte === body[i]);
}
