import { assert, assertEquals } from "@std/assert";
import { outsideSandbox } from "../../../src/cli/demo/sandbox.ts";
import { LAYOUTS } from "../../support/isolated.ts";
import { Random } from "../../support/random.ts";
import { filterOfPorts, replant } from "../../support/replant.ts";
import { attack, newTally } from "./campaign.ts";
import { formatEntry, parseCorpus, readCorpus, shotOf } from "./corpus.ts";
import type { Field } from "./field.ts";
import { HostField } from "./host_field.ts";
import { HostileFrames } from "./hostile_frame.ts";
import { SimField } from "./sim_field.ts";

const KINDS = [
  { kind: "sim", open: SimField.open, missing: undefined, packets: 4000 },
  { kind: "host", open: HostField.open, missing: await outsideSandbox(), packets: 2000 },
] as const;

for (const { kind, open, missing, packets } of KINDS) {
  const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
  const ignore = missing !== undefined;
  for (const layout of LAYOUTS) {
    Deno.test({
      name: `hostile frames get to their owners and nobody else (${layout})${reason} [${kind}]`,
      ignore,
      fn: async () => {
        await using field: Field = await open(layout);
        const tally = newTally();
        await attack(field, await readCorpus(), { seed: 7, packets, escapes: 1 }, tally);
        assertEquals(tally.escapes.map((escape) => formatEntry(escape, layout)), []);
        assert(tally.judged > packets * 0.9 && tally.delivered > packets / 10, `${tally.judged}`);
        assert(tally.corpus > 0);
      },
    });

    Deno.test({
      name: `an attack finds a filter that leads astray, and shrinks it (${layout})${reason} ` +
        `[${kind}]`,
      ignore,
      fn: async () => {
        await using field: Field = await open(layout);
        await plantDefect(field);
        const tally = newTally();
        await attack(field, [], { seed: 7, packets: 20_000, escapes: 1 }, tally);
        const [escape] = tally.escapes;
        assert(escape !== undefined, "it is found");
        assert(escape.shot.frame.length <= 60, formatEntry(escape, layout));
        assertEquals(escape.seen.links.includes("two eth0"), true);
        assertEquals(escape.should.links.includes("two eth0"), false);
      },
    });
  }
}

/** Makes the filter for the first container's ports on host eth0 lead to the second. */
async function plantDefect({ world, ground: { steering } }: Field): Promise<void> {
  const [one, two] = steering.owners;
  assert(one !== undefined && two !== undefined);
  const filter = filterOfPorts(steering.places[0]?.filters ?? [], one.veth);
  await replant(world.kernel, filter, { to: two.veth });
}

Deno.test("the same seed makes the same hostile frames, of every kind", async () => {
  await using field = await SimField.open("hashed");
  const make = () => {
    const frames = new HostileFrames(field.ground.steering, new Random(3));
    return Array.from({ length: 500 }, () => frames.next().toHex());
  };
  const frames = make();
  assertEquals(make(), frames);
  const types = new Set(frames.map((digits) => digits.slice(24, 28)));
  for (const type of ["0800", "0806", "86dd", "8100", "88a8"]) assert(types.has(type), type);
});

Deno.test("a frame of the corpus is put where it once was", async () => {
  await using field = await SimField.open("linear");
  const { steering } = field.ground;
  const text = "# a remark\n0000ff veth one\n0011 eth0\n22 veth nobody\n";
  const shots = parseCorpus(text).map((entry) => shotOf(entry, steering));
  assertEquals(shots.map((shot) => shot?.place.kind), ["veth", "eth0", undefined]);
  assertEquals(shots[0]?.frame, Uint8Array.of(0, 0, 0xff));
});
