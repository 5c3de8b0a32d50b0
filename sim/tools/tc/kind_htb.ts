import type { HtbClassSpec } from "../../model/class_requests.ts";
import type { HtbClass } from "../../model/class.ts";
import type { Link } from "../../model/link.ts";
import { parseUnsigned } from "../numbers.ts";
import { Grammar, type Keyword, unknownToSimulator, type Words } from "../words.ts";
import type { QdiscKindTool } from "./kind.ts";
import { bytesOf, formatRate, formatSize, parseRate, parseSize, ticksOf } from "./units.ts";

const UINT32 = 0xffffffff;

interface HtbDraft {
  rateToQuantum: number;
  defaultMinor: number;
  directQueueLength: number | undefined;
}

/** A wrong value makes the real tool print its whole usage, which the simulator does not know. */
function usage(words: Words): never {
  return words.console.notModelled('usage of "htb"');
}

function numberAfter(words: Words, base: 10 | 16, max = UINT32): number {
  return parseUnsigned(words.take(), max, base) ?? usage(words);
}

const QDISC_GRAMMAR = new Grammar<HtbDraft>([
  { names: "r2q~", read: (draft, words) => draft.rateToQuantum = numberAfter(words, 10) },
  { names: "default~", read: (draft, words) => draft.defaultMinor = numberAfter(words, 16) },
  unknownToSimulator("debug~"),
  {
    names: "direct_qlen~",
    read: (draft, words) => {
      const length = numberAfter(words, 10);
      // The largest number is how `tc` remembers that none was given.
      draft.directQueueLength = length === UINT32 ? undefined : length;
    },
  },
  unknownToSimulator("offload~"),
], (_, words) => usage(words));

/** `htb`: hierarchical token buckets. */
export const htbKind: QdiscKindTool = {
  name: "htb",
  read(words) {
    const draft: HtbDraft = { rateToQuantum: 10, defaultMinor: 0, directQueueLength: undefined };
    QDISC_GRAMMAR.read(draft, words);
    return (link: Link) => ({
      kind: "htb",
      defaultMinor: draft.defaultMinor,
      // The kernel takes it for a signed number, and nothing below 1.
      rateToQuantum: Math.max(1, draft.rateToQuantum | 0),
      directQueueLength: draft.directQueueLength ?? link.txQueueLength,
    });
  },
  byDefault: undefined,
  list(listing, { parameters, directPackets }, details) {
    if (parameters.kind !== "htb") return;
    const { rateToQuantum, defaultMinor, directQueueLength } = parameters;
    const minor = defaultMinor === 0 ? "0" : `0x${defaultMinor.toString(16)}`;
    listing.field("r2q", rateToQuantum, `r2q ${rateToQuantum}`);
    listing.field("default", minor, ` default ${minor}`);
    listing.field("direct_packets_stat", directPackets, ` direct_packets_stat ${directPackets}`);
    if (details > 0) listing.field("ver", "3.17", " ver 3.17");
    listing.field("direct_qlen", directQueueLength, ` direct_qlen ${directQueueLength}`);
  },
};

/** What a class of `htb` was asked to be; sizes in bytes, rates in bytes a second, 0 for none. */
interface ClassDraft {
  priority: number;
  mtu: number;
  minimumPacketBytes: number;
  overheadBytes: number;
  quantumBytes: number;
  burst: number;
  ceilBurst: number;
  rate: number;
  ceil: number;
}

function sizeAfter(words: Words): number {
  const [size = "", cell] = words.take().split("/");
  if (cell !== undefined) words.console.notModelled(`cell size "${cell}"`);
  return parseSize(size) ?? usage(words);
}

/** A share of the link's speed, or a rate of its own. */
function rateAfter(words: Words, link: Link | undefined): number {
  const text = words.take();
  if (text.startsWith("-")) return words.console.notModelled(`rate "${text}"`);
  if (!text.includes("%")) return parseRate(text) ?? usage(words);
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const speed = link?.reportedSpeedMbitPerSecond;
  if (percent === undefined || speed === undefined) {
    return words.console.notModelled(`rate "${text}"`);
  }
  return Math.floor(speed * 1e6 * Number(percent) / 100 / 8);
}

function classKeywords(link: Link | undefined): Keyword<ClassDraft>[] {
  return [
    { names: "prio~", read: (draft, words) => draft.priority = numberAfter(words, 10) },
    { names: "mtu~", read: (draft, words) => draft.mtu = numberAfter(words, 10) },
    {
      names: "mpu~",
      read: (draft, words) => draft.minimumPacketBytes = numberAfter(words, 10, 0xffff),
    },
    {
      names: "overhead~",
      read: (draft, words) => draft.overheadBytes = numberAfter(words, 10, 0xffff),
    },
    unknownToSimulator("linklayer~"),
    { names: "quantum~", read: (draft, words) => draft.quantumBytes = numberAfter(words, 10) },
    { names: "burst~|buffer|maxburst", read: (draft, words) => draft.burst = sizeAfter(words) },
    {
      names: "cburst~|cbuffer|cmaxburst",
      read: (draft, words) => draft.ceilBurst = sizeAfter(words),
    },
    {
      names: "ceil",
      read(draft, words) {
        const rate = rateAfter(words, link);
        if (draft.ceil !== 0) words.console.fail('Double "ceil" spec\n');
        draft.ceil = rate;
      },
    },
    {
      names: "rate",
      read(draft, words) {
        const rate = rateAfter(words, link);
        if (draft.rate !== 0) words.console.fail('Double "rate" spec\n');
        draft.rate = rate;
      },
    },
  ];
}

/** The tool's own resolution when it works out a burst: so fine that nothing is added. */
const HERTZ = 1e9;
const MTU_DEFAULT = 1600;

/**
 * Reads what a class of `htb` is to be.
 *
 * @param words Read to their end.
 * @param link Its link, for rates in percent.
 */
export function readHtbClass(words: Words, link: Link | undefined): HtbClassSpec {
  const draft: ClassDraft = {
    priority: 0,
    mtu: MTU_DEFAULT,
    minimumPacketBytes: 0,
    overheadBytes: 0,
    quantumBytes: 0,
    burst: 0,
    ceilBurst: 0,
    rate: 0,
    ceil: 0,
  };
  new Grammar<ClassDraft>(classKeywords(link), (_, rest) => usage(rest)).read(draft, words);
  if (draft.rate === 0) words.console.fail('"rate" is required.\n');
  const { rate, mtu } = draft;
  const ceil = draft.ceil === 0 ? rate : draft.ceil;
  const burst = draft.burst === 0 ? Math.floor(rate / HERTZ) + mtu : draft.burst;
  const ceilBurst = draft.ceilBurst === 0 ? Math.floor(ceil / HERTZ) + mtu : draft.ceilBurst;
  return {
    rateBytesPerSecond: rate,
    ceilBytesPerSecond: ceil,
    burstTicks: ticksOf(rate, burst),
    ceilBurstTicks: ticksOf(ceil, ceilBurst),
    quantumBytes: draft.quantumBytes,
    priority: draft.priority,
    overheadBytes: draft.overheadBytes,
    minimumPacketBytes: draft.minimumPacketBytes,
  };
}

/**
 * Describes a class of `htb`.
 *
 * @param cls The class.
 * @param details How often `-d` was given.
 * @returns What stands behind its place in a listing.
 */
export function describeHtbClass(cls: HtbClass, details: number): string {
  const { parameters } = cls;
  const { rateBytesPerSecond: rate, ceilBytesPerSecond: ceil, overheadBytes } = parameters;
  const isLeaf = cls.children.size === 0;
  const burst = formatSize(bytesOf(rate, parameters.burstTicks));
  const ceilBurst = formatSize(bytesOf(ceil, parameters.ceilBurstTicks));
  const mpu = `mpu ${formatSize(parameters.minimumPacketBytes)}`;
  return [
    ...(isLeaf ? [`prio ${parameters.priority}`] : []),
    ...(isLeaf && details > 0 ? [`quantum ${parameters.quantumBytes}`] : []),
    `rate ${formatRate(rate)}`,
    ...(overheadBytes === 0 ? [] : [`overhead ${overheadBytes}`]),
    `ceil ${formatRate(ceil)}`,
    ...(details > 0
      ? [
        `linklayer ethernet burst ${burst}/1 ${mpu} cburst ${ceilBurst}/1 ${mpu}`,
        `level ${levelOf(cls)}`,
      ]
      : [`burst ${burst}`, `cburst ${ceilBurst}`]),
  ].map((part) => `${part} `).join("");
}

/** The kernel counts levels from the root downwards, 7 first; leaves are at 0. */
function levelOf(cls: HtbClass): number {
  if (cls.children.size === 0) return 0;
  return cls.parent === undefined ? 7 : levelOf(cls.parent) - 1;
}
