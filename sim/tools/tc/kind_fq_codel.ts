import type { FqCodelParameters, QdiscParameters } from "../../model/qdisc.ts";
import { fqCodelDefaults } from "../../model/qdisc_tree.ts";
import { Refusal } from "../../model/refusal.ts";
import { parseUnsigned } from "../numbers.ts";
import { Grammar, type Keyword, unknownToSimulator, type Words } from "../words.ts";
import type { QdiscKindTool } from "./kind.ts";
import { formatSize, formatTime, parseSize, parseTimeUs } from "./units.ts";

type Draft = { -readonly [Key in keyof FqCodelParameters]?: FqCodelParameters[Key] };

const UINT32 = 0xffffffff;

function valueAfter(
  words: Words,
  name: string,
  parse: (text: string) => number | undefined,
): number {
  return parse(words.take()) ?? words.console.fail(`Illegal "${name}"\n`);
}

const unsigned = (text: string) => parseUnsigned(text, UINT32);

/** The kernel keeps times in units of 1,024 ns. */
function asKept(us: number): number {
  return Math.floor(Math.floor(us * 1000 / 1024) * 1024 / 1000);
}

function value(
  name: string,
  set: (draft: Draft, value: number) => void,
  parse: (text: string) => number | undefined,
): Keyword<Draft> {
  return { names: name, read: (draft, words) => set(draft, valueAfter(words, name, parse)) };
}

const GRAMMAR = new Grammar<Draft>([
  value("limit", (draft, limit) => draft.limitPackets = limit, unsigned),
  value("flows", (draft, flows) => draft.flows = flows, unsigned),
  value("quantum", (draft, bytes) => draft.quantumBytes = Math.max(256, bytes), unsigned),
  value("drop_batch", (draft, packets) => draft.dropBatch = packets, unsigned),
  value("target", (draft, us) => draft.targetUs = asKept(us), parseTimeUs),
  value("ce_threshold", (draft, us) => draft.ceThresholdUs = asKept(us), parseTimeUs),
  unknownToSimulator("ce_threshold_selector"),
  value("memory_limit", (draft, bytes) => draft.memoryLimitBytes = bytes, parseSize),
  value("interval", (draft, us) => draft.intervalUs = asKept(us), parseTimeUs),
  { names: "ecn", read: (draft) => draft.ecn = true },
  { names: "noecn", read: (draft) => draft.ecn = false },
], (_, words) => words.console.notModelled('usage of "fq_codel"'));

/** Numbers that mean "as it was" when they are 0. */
const ZERO_IS_NOTHING = ["limitPackets", "flows", "dropBatch", "targetUs", "intervalUs"] as const;
const FLOWS_MAX = 65536;

/** `fq_codel`: fair queues, each under CoDel. */
export const fqCodelKind: QdiscKindTool = {
  name: "fq_codel",
  read(words) {
    const draft: Draft = {};
    GRAMMAR.read(draft, words);
    for (const key of ZERO_IS_NOTHING) if (draft[key] === 0) delete draft[key];
    return (link, old: QdiscParameters | undefined) => {
      const flows = draft.flows;
      if (flows !== undefined && (old !== undefined || flows > FLOWS_MAX)) {
        throw new Refusal("EINVAL");
      }
      const before = old?.kind === "fq_codel" ? old : fqCodelDefaults(link.mtu);
      return { ...before, ...draft };
    };
  },
  byDefault: (link) => fqCodelDefaults(link.mtu),
  list(listing, { parameters }) {
    if (parameters.kind !== "fq_codel") return;
    const { limitPackets, flows, quantumBytes, targetUs, intervalUs } = parameters;
    const { ceThresholdUs, memoryLimitBytes, dropBatch, ecn } = parameters;
    listing.field("limit", limitPackets, `limit ${limitPackets}p `);
    listing.field("flows", flows, `flows ${flows} `);
    listing.field("quantum", quantumBytes, `quantum ${quantumBytes} `);
    listing.field("target", targetUs, `target ${formatTime(targetUs)} `);
    if (ceThresholdUs !== undefined) {
      listing.field("ce_threshold", ceThresholdUs, `ce_threshold ${formatTime(ceThresholdUs)} `);
    }
    listing.field("interval", intervalUs, `interval ${formatTime(intervalUs)} `);
    listing.field(
      "memory_limit",
      memoryLimitBytes,
      `memory_limit ${formatSize(memoryLimitBytes)} `,
    );
    if (ecn) listing.field("ecn", true, "ecn ");
    if (dropBatch !== 0) listing.field("drop_batch", dropBatch, `drop_batch ${dropBatch} `);
  },
  listStatistics(listing, { fqCodel }) {
    const always = [
      ["maxpacket", fqCodel.maxPacketBytes],
      ["drop_overlimit", fqCodel.dropOverlimit],
      ["new_flow_count", fqCodel.newFlowCount],
      ["ecn_mark", fqCodel.ecnMark],
    ] as const;
    const whereNotZero = ([
      ["ce_mark", fqCodel.ceMark],
      ["memory_used", fqCodel.memoryUsage],
      ["drop_overmemory", fqCodel.dropOvermemory],
    ] as const).filter(([, count]) => count !== 0);
    listing.text(" ");
    for (const [key, count] of [...always, ...whereNotZero]) {
      listing.field(key, count, ` ${key} ${count}`);
    }
    listing.text("\n ");
    listing.field(
      "new_flows_len",
      fqCodel.newFlowsLength,
      ` new_flows_len ${fqCodel.newFlowsLength}`,
    );
    listing.field(
      "old_flows_len",
      fqCodel.oldFlowsLength,
      ` old_flows_len ${fqCodel.oldFlowsLength}`,
    );
    listing.text("\n");
  },
};
