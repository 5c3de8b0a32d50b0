import { assertEquals } from "@std/assert";
import { U32Node, type U32NodeSpec, type U32Selector } from "../../../sim/model/u32_node.ts";
import { U32Tables } from "../../../sim/model/u32_tables.ts";
import type { U32Table } from "../../../sim/model/u32_table.ts";
import { Packet } from "../../../sim/path/packet.ts";
import { classifyU32 } from "../../../sim/path/u32_classify.ts";
import { indexOf, scanFast } from "../../../sim/path/u32_index.ts";
import { scanRules, type U32Scan } from "../../../sim/path/u32_scan.ts";
import { Machine, SeededRandom, VirtualClock } from "../../../sim/mod.ts";
import { Random } from "../../support/random.ts";

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);
const LINK = new Machine({ clock: new VirtualClock(), random: new SeededRandom(1) }).home.loopback;

/** Few words, masks and values, so that rules share them and packets match often. */
const OFFSETS = [-14, 0, 4, 8, 20, 22, 40];
const MASKS = [0, 0xff, 0xff000000, 0x0000fff8, 0xffffffff, 0x80000001];

const FLAT: U32Selector = {
  hashMask: 0,
  hashOffset: 0,
  offset: 0,
  variableOffsetAt: 0,
  variableOffsetMask: 0,
  variableOffsetShift: 0,
  hasVariableOffset: false,
  eat: false,
};

function randomSelector(random: Random): U32Selector {
  if (random.below(2) === 0) return FLAT;
  return {
    ...FLAT,
    hashMask: random.pick([0, 0xff00, 0x3]),
    hashOffset: random.pick(OFFSETS),
    offset: random.pick([0, 0, 4, 20]),
    variableOffsetAt: random.pick([0, 2]),
    variableOffsetMask: 0x0f00,
    variableOffsetShift: 6,
    hasVariableOffset: random.below(2) === 0,
    eat: random.below(2) === 0,
  };
}

function randomSpec(random: Random, link: U32Table | undefined): U32NodeSpec {
  const keys = Array.from({ length: random.below(4) }, () => {
    const mask = random.pick(MASKS);
    const value = random.pick([0, 0x01010101, 0xff, 0x80000001]) & mask;
    const offsetMask = random.pick([0, 0, 0xffffffff]);
    return { value: value >>> 0, mask, offset: random.pick(OFFSETS), offsetMask };
  });
  return {
    keys,
    selector: randomSelector(random),
    link,
    classId: undefined,
    actions: [],
    isTerminal: random.below(4) > 0,
    shownOffset: { constant: false, variable: false },
  };
}

/** A root and tables behind it, which link deeper only. */
class Tables {
  readonly tables: U32Table[];
  readonly nodes: U32Node[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    const all = new U32Tables();
    const root = all.addRoot(10);
    const linked = [1, 4, 256].map((divisor, i) =>
      all.add({ handle: (i + 1) * 0x100000, divisor, priority: 10 })
    );
    this.tables = [root, ...linked].filter((table) => table !== undefined);
    for (let i = random.between(1, 80); i > 0; i--) this.insert();
  }

  get root(): U32Table {
    return this.tables[0] ?? this.tables.slice(-1)[0] ?? fail();
  }

  insert(): void {
    const random = this.#random;
    const depth = random.below(this.tables.length);
    const table = this.tables[depth] ?? fail();
    const deeper = this.tables.slice(depth + 1);
    const link = deeper.length > 0 && random.below(4) === 0 ? random.pick(deeper) : undefined;
    const base = table.handle + random.below(table.divisor) * 0x1000;
    const handle = base + random.between(1, 0xfff);
    if (table.isTaken(handle)) return;
    const node = new U32Node(table, handle, randomSpec(random, link));
    table.insert(node);
    this.nodes.push(node);
  }

  /** Adds, takes away or changes one node. */
  change(): void {
    const random = this.#random;
    if (random.below(3) === 0 || this.nodes.length === 0) return this.insert();
    const at = random.below(this.nodes.length);
    const node = this.nodes[at] ?? fail();
    if (random.below(2) === 0) {
      node.table.remove(node);
      this.nodes.splice(at, 1);
      return;
    }
    const changed = new U32Node(node.table, node.handle, { ...node.spec, isTerminal: true });
    changed.takeCountsOf(node);
    node.table.replace(node, changed);
    this.nodes[at] = changed;
  }

  counts() {
    return this.nodes.map(({ handle, counts }) => ({ handle, ...counts }));
  }
}

function fail(): never {
  throw new Error("there is one");
}

function randomPacket(random: Random): Packet {
  const length = random.pick([15, 34, 40, 58, 60, 100]);
  const bytes = Uint8Array.from({ length }, () => random.pick([0, 0, 1, 0x80, 0xff]));
  return new Packet(1, bytes, LINK);
}

/** Classifies a packet, and tells which terminal rules it met. */
function met(root: U32Table, packet: Packet, seed: number, scan: U32Scan) {
  const random = new Random(seed);
  const handles: number[] = [];
  const verdict = classifyU32(root, packet, (node) => {
    handles.push(node.handle);
    return random.below(3) === 0 ? node.handle & 7 : -1;
  }, scan);
  return { verdict, handles };
}

/** Every list by its index, however short it is and however often it changes. */
const byIndex: U32Scan = (bucket, from, cursor) => indexOf(bucket).next(from, cursor);
/** Now one way, now the other, as a bucket meets both. */
function mixed(seed: number): U32Scan {
  const random = new Random(seed);
  return (...scan) => random.below(2) === 0 ? byIndex(...scan) : scanRules(...scan);
}

for (
  const { name, scanOf } of [
    { name: "alone", scanOf: () => byIndex },
    { name: "in turn with the walk", scanOf: mixed },
    { name: "where the list is worth it", scanOf: () => scanFast },
  ]
) {
  Deno.test(`an index of u32 rules, ${name}, finds and counts what the walk rule by rule does`, () => {
    let matches = 0;
    for (const seed of SEEDS) {
      const walked = new Tables(new Random(seed));
      const indexed = new Tables(new Random(seed));
      const random = new Random(seed * 1000);
      const scan = scanOf(seed);
      for (let step = 0; step < 150; step++) {
        const packet = randomPacket(random);
        const expected = met(walked.root, packet, step, scanRules);
        assertEquals(met(indexed.root, packet, step, scan), expected, `seed ${seed}`);
        matches += expected.handles.length;
        if (random.below(30) === 0) {
          walked.change();
          indexed.change();
        }
        if (random.below(20) === 0) {
          assertEquals(indexed.counts(), walked.counts(), `seed ${seed}`);
        }
      }
      assertEquals(indexed.counts(), walked.counts(), `seed ${seed}`);
    }
    assertEquals(matches > 1000, true, `only ${matches} matches`);
  });
}
