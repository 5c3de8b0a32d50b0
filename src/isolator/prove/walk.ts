import type { Key } from "../../routing/u32.ts";
import type { TableLink } from "../../routing/u32_table.ts";
import type { PacketSet, Test } from "./packet_set.ts";
import { isIpv4, isTagged, testValue } from "./packet_test.ts";
import { HEADERS, NETWORK, type Position, TAG, TYPE, unsettledHeader } from "./position.ts";
import { type LinkRules, type Rule, type Step, unfollowable } from "./rules.ts";
import { valuesUnder } from "./values_under.ts";

/** What becomes of packets at a link. */
export interface Fate {
  /** Whether the stack of the link's namespace gets them. */
  readonly stack: boolean;
  /** Links that they, or copies of them, leave through: once for each copy, in order. */
  readonly links: readonly string[];
}

/** Packets that fare alike. */
export interface Outcome {
  readonly packets: PacketSet;
  readonly fate: Fate;
}

/** Who hears of a walk. */
export interface WalkListener {
  /** Hears of packets whose walk has ended. */
  ended(outcome: Outcome): void;
  /** Hears of each rule that some packets are asked, and whether any of them match. */
  asked?(rule: Rule, matched: boolean): void;
}

/** Packets on their way through the rules, and where copies of them went. */
interface Walker {
  readonly packets: PacketSet;
  readonly copies: readonly string[];
}

/** Most tables that packets may be inside of at once: the kernel's TC_U32_MAXDEPTH. */
const DEPTH_MAX = 8;

/** Most words of an IPv4 header, and fewest. */
const HEADER_WORDS = { least: 5, most: 15 };

/**
 * Walks packets through all filters of a link, as the kernel walks each one of them. Wherever a
 * filter tells them apart they part ways, so that what comes out is all packets that went in, in
 * sets that fare alike.
 *
 * A header shorter than 20 bytes is none, and packets with one are left out: every stack drops
 * them.
 *
 * @param rules The filters of the link.
 * @param packets The packets that arrive.
 * @param listener Hears where they end.
 * @throws {IsolatorError} With code `not-provable` where a filter cannot be followed.
 */
export function walk(
  rules: LinkRules,
  packets: readonly PacketSet[],
  listener: WalkListener,
): void {
  const walked = new Walk(rules, listener);
  let walkers: readonly Walker[] = packets.map((each) => ({ packets: each, copies: [] }));
  for (const { protocol, rules: list } of rules.classifiers) {
    const asked: Walker[] = [];
    const passed: Walker[] = [];
    for (const walker of walkers) {
      const parts = partByProtocol(walker.packets, protocol);
      passed.push(...parts.others.map((packets) => ({ ...walker, packets })));
      if (parts.asked !== undefined) asked.push({ ...walker, packets: parts.asked });
    }
    walkers = [...passed, ...walked.list(list, asked, NETWORK, 0), ...walked.takeGivenUp()];
  }
  for (const { packets, copies } of walkers) {
    listener.ended({ packets, fate: { stack: true, links: copies } });
  }
}

/** The protocol that filters see is that of a tag, where there is one. */
function partByProtocol(packets: PacketSet, protocol: number | undefined) {
  if (protocol === undefined) return { asked: packets, others: [] };
  const position = isTagged(packets) ? TAG : TYPE;
  const units = [[position, valuesUnder(protocol, 0xffff, 16)]] as const;
  const { inside, outside } = packets.part({ until: NETWORK, units });
  return { asked: inside, others: outside };
}

/** One walk through the rules of a link. */
class Walk {
  readonly #rules: LinkRules;
  readonly #listener: WalkListener;
  readonly #tests = new Map<Key, { readonly position: Position; readonly test: Test }>();
  #givenUp: Walker[] = [];

  constructor(rules: LinkRules, listener: WalkListener) {
    this.#rules = rules;
    this.#listener = listener;
  }

  /** Takes those that were too short for a rule: the rest of its priority is not asked. */
  takeGivenUp(): readonly Walker[] {
    const walkers = this.#givenUp;
    this.#givenUp = [];
    return walkers;
  }

  /** Walks along a list, and gives those that come to its end. */
  list(
    rules: readonly Rule[],
    walkers: readonly Walker[],
    base: Position,
    depth: number,
  ): readonly Walker[] {
    let here = walkers;
    for (const rule of rules) {
      if (here.length === 0) break;
      here = here.flatMap((walker) => this.#rule(rule, walker, base, depth));
    }
    return here;
  }

  /** Asks one rule, and gives those that go on to the next. */
  #rule(rule: Rule, walker: Walker, base: Position, depth: number): Walker[] {
    const { matched, others } = this.#match(rule.keys, walker, base);
    this.#listener.asked?.(rule, matched.length > 0);
    for (const packets of matched) {
      const inside = { ...walker, packets };
      const back = rule.link === undefined
        ? [inside]
        : this.#descend(rule, rule.link, inside, base, depth);
      for (const each of back) others.push(...this.#end(rule.steps, each));
    }
    return others;
  }

  /** Parts packets by all keys of a rule. */
  #match(keys: readonly Key[], walker: Walker, base: Position) {
    let matched = [walker.packets];
    const others: Walker[] = [];
    for (const key of keys) {
      matched = matched.flatMap((packets) =>
        settle(packets, base + key.offset).flatMap(({ packets, position }) => {
          const { inside, outside, short } = packets.part(this.#testOf(key, position));
          for (const packets of outside) others.push({ ...walker, packets });
          if (short !== undefined) this.#givenUp.push({ ...walker, packets: short });
          return inside === undefined ? [] : [inside];
        })
      );
      if (matched.length === 0) break;
    }
    return { matched, others };
  }

  /** A key is mostly asked at one position, again and again. */
  #testOf(key: Key, position: Position): Test {
    const last = this.#tests.get(key);
    if (last?.position === position) return last.test;
    const test = testWord(position, key.value, key.mask);
    this.#tests.set(key, { position, test });
    return test;
  }

  /** Walks through the table that a rule links to, and gives those that come back. */
  #descend(
    rule: Rule,
    { table: number, hash, skip }: TableLink,
    walker: Walker,
    base: Position,
    depth: number,
  ): readonly Walker[] {
    const table = this.#rules.tables.get(number);
    if (table === undefined) throw unfollowable(rule.listed, "links to a table that is not listed");
    if (depth >= DEPTH_MAX) {
      this.#givenUp.push(walker);
      return [];
    }
    const back: Walker[] = [];
    const enter = (packets: PacketSet, bucket: readonly Rule[]) => {
      for (const inside of moveOn(rule, packets, base, skip)) {
        // What ends right where the table's offsets begin is not shown to its rules.
        const { long, short } = inside.packets.partAt(inside.position + 1);
        if (short !== undefined) back.push({ ...walker, packets: short });
        if (long === undefined) continue;
        const entering = [{ ...walker, packets: long }];
        back.push(...this.list(bucket, entering, inside.position, depth + 1));
      }
    };
    if (table.divisor === 1 || hash === undefined) {
      enter(walker.packets, table.buckets.get(0) ?? []);
      return back;
    }
    const { long, short } = walker.packets.partAt(base + hash.offset + WORD_BYTES);
    if (short !== undefined) this.#givenUp.push({ ...walker, packets: short });
    let rest = long === undefined ? [] : [long];
    const bits = bucketBits(hash.mask, table.divisor);
    for (const [bucket, rules] of table.buckets) {
      const value = bucket * bits.shift;
      // A bucket whose number has bits that the key lacks is never chosen.
      if ((value & ~bits.mask) !== 0) continue;
      const test = testWord(base + hash.offset, value >>> 0, bits.mask >>> 0);
      rest = rest.flatMap((packets) => {
        const { inside, outside } = packets.part(test);
        if (inside !== undefined) enter(inside, rules);
        return outside;
      });
    }
    for (const packets of rest) enter(packets, []);
    return back;
  }

  /** Does what a rule does, and gives the packets that go on to the next rule. */
  #end(steps: readonly Step[] | undefined, { packets, copies }: Walker): Walker[] {
    if (steps === undefined) return [{ packets, copies }];
    let links = copies;
    for (const { to, isMoved, control } of steps) {
      if (to !== undefined) links = [...links, to];
      const end = (stack: boolean): Walker[] => {
        this.#listener.ended({ packets, fate: { stack, links } });
        return [];
      };
      if (isMoved || control === "drop" || control === "stolen") return end(false);
      if (control === "continue") return [{ packets, copies: links }];
      if (control === "pass") return end(true);
    }
    this.#listener.ended({ packets, fate: { stack: true, links } });
    return [];
  }
}

/** What u32 reads at once. */
const WORD_BYTES = 4;

function testWord(position: Position, value: number, mask: number): Test {
  return { ...testValue(position, WORD_BYTES, value, mask), until: position + WORD_BYTES };
}

/** Which bits of the word choose a bucket, and what a bucket's number is multiplied by there. */
function bucketBits(mask: number, divisor: number) {
  const shift = (mask & -mask) >>> 0;
  return { shift, mask: mask & ((divisor - 1) * shift) };
}

/** Packets for which a position is known. */
interface Settled {
  readonly packets: PacketSet;
  readonly position: Position;
}

/**
 * Finds what a position means for packets: behind the fixed part of a header, that depends on the
 * header's length.
 */
function settle(packets: PacketSet, position: Position): Settled[] {
  const header = unsettledHeader(position);
  if (header === undefined || !isIpv4(packets)) return [{ packets, position }];
  const { begin, next } = header;
  const settled: Settled[] = [];
  for (let words = 0; words <= HEADER_WORDS.most; words++) {
    const inside = packets.part({ until: packets.whole, ...headerWords(begin, words) }).inside;
    if (inside === undefined) continue;
    const distance = position - begin - words * WORD_BYTES;
    const isBehind = words >= HEADER_WORDS.least && distance >= 0;
    settled.push({ packets: inside, position: isBehind ? next + distance : position });
  }
  return settled;
}

function headerWords(begin: Position, words: number): Pick<Test, "units"> {
  return { units: [[begin, valuesUnder(words, 0x0f, 8)]] };
}

/** Finds where a table's offsets begin; packets whose header is too short for one are left out. */
function moveOn(
  rule: Rule,
  packets: PacketSet,
  base: Position,
  skip: TableLink["skip"],
): Settled[] {
  if (skip !== "ip-header") return settle(packets, base + (skip ?? 0));
  const header = HEADERS.find(({ begin }) => begin === base);
  if (header === undefined) throw unfollowable(rule.listed, "takes for a header what is none");
  if (!isIpv4(packets)) return byAnyLength(packets, base);
  const present = packets.at(base);
  const kept = present.intersection(LEGAL_HEADERS);
  if (kept.isEmpty) return [];
  const legal = kept.size === present.size ? packets : packets.with(base, kept);
  return [{ packets: legal, position: header.next }];
}

/** What is no header can have any length where a header has its own. */
function byAnyLength(packets: PacketSet, base: Position): Settled[] {
  return Array.from({ length: HEADER_WORDS.most + 1 }, (_, words) => words).flatMap((words) => {
    const { inside } = packets.part({ until: packets.whole, ...headerWords(base, words) });
    return inside === undefined ? [] : [{ packets: inside, position: base + words * WORD_BYTES }];
  });
}

/** First bytes of headers that have at least five words. */
export const LEGAL_HEADERS = Array.from(
  { length: HEADER_WORDS.most - HEADER_WORDS.least + 1 },
  (_, i) => valuesUnder(i + HEADER_WORDS.least, 0x0f, 8),
).reduce((sum, values) => sum.union(values));
