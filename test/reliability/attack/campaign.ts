import { Random } from "../../support/random.ts";
import type { FilterLayout } from "../../../src/isolator/options.ts";
import { type Entry, shotOf } from "./corpus.ts";
import { type Escape, judge } from "./escape.ts";
import type { Field } from "./field.ts";
import { HostileFrames } from "./hostile_frame.ts";
import { shrink } from "./shrink.ts";
import { OwnershipModel, type Shot, type Verdict } from "./verdict.ts";

/** How far an attack on one layout goes. */
export interface Limits {
  /** Seed of the frames. */
  readonly seed: number;
  /** Random frames. */
  readonly packets: number;
  /** Escapes after which it gives up. */
  readonly escapes: number;
}

/** What an attack came to. */
export interface Tally {
  /** Random frames whose every arrival was as the ownership model says. */
  judged: number;
  /** Frames of the corpus that were replayed. */
  corpus: number;
  /** Frames with a header of fewer than five words, which are no packets and were not judged. */
  headerless: number;
  /** Arrivals at links, of all frames that were judged. */
  arrivals: number;
  /** Frames that only a container's link saw, besides those on its way. */
  delivered: number;
  /** Frames that were put on again, since something of theirs had come late. */
  repeated: number;
  /** Frames that got where they should not, or did not where they should; shrunk. */
  readonly escapes: Escape[];
}

/** Frames that are put on at once. */
const BATCH = 64;

/** How often a frame is put on again by itself before it counts as an escape. */
const REPEATS = 3;

/** @returns A tally of nothing. */
export function newTally(): Tally {
  return {
    judged: 0,
    corpus: 0,
    headerless: 0,
    arrivals: 0,
    delivered: 0,
    repeated: 0,
    escapes: [],
  };
}

/**
 * Attacks a host: with the corpus first, then with random frames from everywhere.
 *
 * @param field The host.
 * @param corpus Frames that once escaped.
 * @param limits How far it goes.
 * @param tally What is counted, on and on.
 */
export async function attack(
  field: Field,
  corpus: readonly Entry[],
  limits: Limits,
  tally: Tally,
): Promise<void> {
  const { steering, layout } = field.ground;
  const attacker = new Attacker(field, tally);
  const known = corpus.flatMap((entry) => shotOf(entry, steering) ?? []);
  for (const shot of known) await attacker.fire([shot]);
  tally.corpus += known.length;
  tally.judged -= known.length;
  const random = new Random(seedOf(limits.seed, layout));
  const frames = new HostileFrames(steering, random);
  const isOver = () => tally.escapes.length >= limits.escapes;
  for (let left = limits.packets; left > 0 && !isOver(); left -= BATCH) {
    const shots = new Map<string, Shot>();
    while (shots.size < Math.min(BATCH, left)) {
      const frame = frames.next();
      shots.set(frame.toHex(), { place: random.pick(steering.places), frame });
    }
    await attacker.fire([...shots.values()]);
  }
}

/** Each layout is attacked with frames of its own. */
function seedOf(seed: number, layout: FilterLayout): number {
  return layout === "hashed" ? seed : ~seed;
}

/** Puts frames on a field and judges what comes of them. */
class Attacker {
  readonly #field: Field;
  readonly #tally: Tally;
  readonly #model: OwnershipModel;

  constructor(field: Field, tally: Tally) {
    this.#field = field;
    this.#tally = tally;
    this.#model = new OwnershipModel(field.ground.steering);
  }

  async fire(shots: readonly Shot[]): Promise<void> {
    const seen = await this.#field.fire(shots);
    for (const [i, shot] of shots.entries()) {
      const verdict = seen[i];
      if (verdict === undefined) throw new Error("each frame has a verdict");
      const escape = judge(this.#model, shot, verdict);
      if (escape === "headerless") this.#tally.headerless++;
      else if (escape === undefined) this.#count(verdict);
      else await this.#confirm(shot);
    }
  }

  #count({ links }: Verdict): void {
    const tally = this.#tally;
    tally.judged++;
    tally.arrivals += links.length;
    if (links.some((link) => !link.startsWith("host ") && link !== "wire")) tally.delivered++;
  }

  /** On a real kernel something may come late; what is wrong stays wrong. */
  async #confirm(shot: Shot): Promise<void> {
    for (let i = 0; i < REPEATS; i++) {
      this.#tally.repeated++;
      const verdict = await this.#alone(shot);
      const escape = judge(this.#model, shot, verdict);
      if (escape === undefined || escape === "headerless") return this.#count(verdict);
    }
    const isEscape = async (candidate: Shot) => {
      const escape = judge(this.#model, candidate, await this.#alone(candidate));
      return escape === "headerless" ? undefined : escape;
    };
    const escape = await shrink(shot, isEscape);
    if (escape !== undefined) this.#tally.escapes.push(escape);
  }

  async #alone(shot: Shot): Promise<Verdict> {
    const [verdict = { links: [], stacks: [] }] = await this.#field.fire([shot]);
    return verdict;
  }
}
