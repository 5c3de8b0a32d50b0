import { assert, assertEquals } from "@std/assert";
import { follow } from "../../../src/isolator/prove/follow.ts";
import { onePacket } from "../../../src/isolator/prove/one_packet.ts";
import type { PacketSet } from "../../../src/isolator/prove/packet_set.ts";
import { EVERY_PACKET, prove } from "../../../src/isolator/prove/prove.ts";
import { rulesOf } from "../../../src/isolator/prove/rules.ts";
import type { Place, Steering } from "../../../src/isolator/prove/steering.ts";
import { type Outcome, walk } from "../../../src/isolator/prove/walk.ts";
import type { ListedFilter } from "../../../src/routing/filter_listing.ts";
import { listFilters } from "../../../src/routing/filter_read.ts";
import { INGRESS } from "../../../src/routing/handle.ts";
import { HostileFrames } from "../../reliability/attack/hostile_frame.ts";
import { SimField } from "../../reliability/attack/sim_field.ts";
import { OwnershipModel, type Shot } from "../../reliability/attack/verdict.ts";
import { LAYOUTS } from "../../support/isolated.ts";
import { Random } from "../../support/random.ts";
import { replant } from "../../support/replant.ts";

const SEEDS = [1, 2, 3];
const FRAMES = 600;
const DEFECTS = 12;

/** Links at which a packet arrives by the listed filters, as an attack tells them. */
function arrivals(steering: Steering, { place, frame }: Shot): string[] {
  return follow(steering, place, frame).flatMap(({ kind, place, what }) =>
    kind === "arrives" ? [place] : what === "leaves by the wire" ? ["wire"] : []
  ).sort();
}

/** Frames that a walk is right about: those with whole headers, and whole tags. */
function shotsAt(field: SimField, random: Random): Shot[] {
  const { steering } = field.ground;
  const frames = new HostileFrames(steering, random);
  const model = new OwnershipModel(steering);
  return Array.from({ length: FRAMES }, () => ({
    place: random.pick(steering.places),
    frame: frames.next(),
  })).filter((shot) => (model.verdictOf(shot)?.links ?? []).length > 0);
}

/** Breaks some filters of the host's links at random, and lists them anew. */
async function breakFilters(field: SimField, random: Random): Promise<Steering> {
  const { world: { kernel }, ground: { steering } } = field;
  const plain = steering.places.filter(({ kind }) => !kind.startsWith("inner-"))
    .flatMap(({ filters }) => filters)
    .filter(({ actions, others, protocol }) =>
      actions[0]?.kind === "redirect" && others.length === 0 && protocol === "ip"
    );
  const links = [...steering.owners.map(({ veth }) => veth), "eth0", "lo"];
  const broken = new Set(Array.from({ length: DEFECTS }, () => random.pick(plain)));
  for (const filter of broken) {
    await replant(kernel, filter, {
      keys: breakKeys(filter, random),
      ...(random.below(2) === 0 ? { to: random.pick(links) } : {}),
    });
  }
  const places = await Promise.all(steering.places.map(async (place): Promise<Place> => {
    if (place.kind.startsWith("inner-")) return place;
    const [filters = []] = await listFilters(kernel, [{ link: place.link, parent: INGRESS }]);
    return { ...place, filters };
  }));
  return { ...steering, places };
}

function breakKeys({ keys }: ListedFilter, random: Random): ListedFilter["keys"] {
  const broken = random.pick(keys);
  return keys.map((key) => {
    if (key !== broken) return key;
    const mask = (key.mask & random.uint32()) >>> 0;
    const value = random.below(3) === 0 ? random.uint32() : key.value;
    return { ...key, mask, value: (value & mask) >>> 0 };
  });
}

for (const layout of LAYOUTS) {
  for (const seed of SEEDS) {
    Deno.test(`follow() and the simulator send packets the same ways through broken filters (${layout}, seed ${seed})`, async () => {
      await using field = await SimField.open(layout);
      const random = new Random(seed);
      const steering = await breakFilters(field, random);
      assert(prove(steering).astray > 0, "something is broken");
      const shots = shotsAt(field, random).map(({ place, frame }): Shot => {
        const at = steering.places[field.ground.steering.places.indexOf(place)] ?? place;
        return { place: at, frame };
      });
      let circles = 0;
      for (const shot of shots) {
        const steps = follow(steering, shot.place, shot.frame);
        // A frame that circles does so for ever: the simulator gives up later than a walk.
        if (steps.some(({ what }) => what === "circles for ever")) {
          circles++;
          continue;
        }
        const original = field.ground.steering.places[steering.places.indexOf(shot.place)];
        assert(original !== undefined);
        const [seen] = await field.fire([{ ...shot, place: original }]);
        assertEquals(arrivals(steering, shot), seen?.links, shot.frame.toHex());
      }
      assert(circles < shots.length / 2);
    });
  }

  Deno.test(`every packet is in exactly one of the sets that all packets are parted into (${layout})`, async () => {
    await using field = await SimField.open(layout);
    const random = new Random(9);
    const outcomes = new Map(field.ground.steering.places.map((place) => [place, allOf(place)]));
    for (const { place, frame } of shotsAt(field, random)) {
      const packet = onePacket(frame);
      const sets = outcomes.get(place)?.filter(({ packets }) => holds(packets, packet));
      assertEquals(sets?.length, 1, frame.toHex());
      const alone: Outcome[] = [];
      walk(rulesOf(place.filters), [packet], { ended: (outcome) => alone.push(outcome) });
      assertEquals(sets?.map(({ fate }) => fate), alone.map(({ fate }) => fate), frame.toHex());
    }
  });
}

function allOf(place: Place): Outcome[] {
  const outcomes: Outcome[] = [];
  walk(rulesOf(place.filters), EVERY_PACKET, { ended: (outcome) => outcomes.push(outcome) });
  return outcomes;
}

/** Whether a packet is in a set: what it ends before does not count. */
function holds(set: PacketSet, packet: PacketSet): boolean {
  if (packet.whole < set.whole || packet.whole >= set.cut) return false;
  return [...set.positions].every((position) =>
    position >= packet.whole || set.at(position).contains(packet.at(position))
  );
}
