import type { TbfParameters } from "../../model/qdisc.ts";
import { durationNs, NS_PER_TICK, prepareRate } from "../../qdisc/rate.ts";
import type { Console } from "../console.ts";
import { Grammar, unknownToSimulator, type Words } from "../words.ts";
import type { QdiscKindTool } from "./kind.ts";
import {
  bytesOf,
  formatRate,
  formatSize,
  formatTime,
  parseRate,
  parseSize,
  parseTimeUs,
  ticksToUs,
} from "./units.ts";

/** What was asked; 0 for what was not. */
interface TbfDraft {
  rate: number;
  burst: number;
  limit: number;
  latencyUs: number;
}

function illegal(console: Console, name: string, text: string): never {
  return console.fail(`tbf: illegal value for "${name}": "${text}"\n`);
}

function valueAfter(
  words: Words,
  name: string,
  parse: (text: string) => number | undefined,
): number {
  const text = words.take();
  if (/[/%]|^-/.test(text)) words.console.notModelled(`value "${text}"`);
  return parse(text) ?? illegal(words.console, name, text);
}

const GRAMMAR = new Grammar<TbfDraft>([
  {
    names: "limit~",
    read(draft, words) {
      const { console } = words;
      if (words.current === undefined) console.incomplete();
      if (draft.limit !== 0) console.fail('tbf: duplicate "limit" specification\n');
      if (draft.latencyUs !== 0) {
        console.fail('tbf: specifying both "latency" and "limit" is not allowed\n');
      }
      draft.limit = valueAfter(words, "limit", parseSize);
    },
  },
  {
    names: "latency~",
    read(draft, words) {
      const { console } = words;
      if (words.current === undefined) console.incomplete();
      if (draft.latencyUs !== 0) console.fail('tbf: duplicate "latency" specification\n');
      if (draft.limit !== 0) {
        console.fail('tbf: specifying both "limit" and "/latency" is not allowed\n');
      }
      draft.latencyUs = valueAfter(words, "latency", parseTimeUs);
    },
  },
  {
    names: "burst~|buffer|maxburst",
    read(draft, words, name) {
      const { console } = words;
      if (words.current === undefined) console.incomplete();
      if (draft.burst !== 0) {
        console.fail('tbf: duplicate "buffer/burst/maxburst" specification\n');
      }
      draft.burst = valueAfter(words, name, parseSize);
    },
  },
  unknownToSimulator("mtu|minburst|mpu"),
  {
    names: "rate",
    read(draft, words) {
      const { console } = words;
      if (words.current === undefined) console.incomplete();
      if (draft.rate !== 0) console.fail('tbf: duplicate "rate" specification\n');
      draft.rate = valueAfter(words, "rate", parseRate);
    },
  },
  unknownToSimulator("peakrate~|overhead~|linklayer~"),
], (_, words) => words.console.notModelled('usage of "tbf"'));

/** `tbf`: one token bucket. */
export const tbfKind: QdiscKindTool = {
  name: "tbf",
  read(words) {
    const draft: TbfDraft = { rate: 0, burst: 0, limit: 0, latencyUs: 0 };
    GRAMMAR.read(draft, words);
    const { rate, burst, limit, latencyUs } = draft;
    if (rate === 0 || burst === 0 || (limit === 0 && latencyUs === 0)) {
      words.console.notModelled('usage of "tbf"');
    }
    const parameters: TbfParameters = {
      kind: "tbf",
      rateBytesPerSecond: rate,
      burstTicks: Math.floor(durationNs(prepareRate(rate), burst) / NS_PER_TICK) >>> 0,
      limitBytes: limit === 0 ? Math.floor(rate * latencyUs / 1e6 + burst) : limit,
      burstBytes: burst,
    };
    return () => parameters;
  },
  byDefault: undefined,
  list(listing, { parameters }, details) {
    if (parameters.kind !== "tbf") return;
    const { rateBytesPerSecond: rate, burstTicks, limitBytes } = parameters;
    const burst = bytesOf(rate, burstTicks);
    listing.field("rate", rate, `rate ${formatRate(rate)} `);
    if (details > 0) {
      listing.field("burst", `${formatSize(burst)}/1`, `burst ${formatSize(burst)}/1 `);
      listing.field("mpu", 0, "mpu 0b ");
    } else listing.field("burst", burst, `burst ${formatSize(burst)} `);
    const latencyUs = 1e6 * (limitBytes / rate) - ticksToUs(burstTicks);
    if (latencyUs >= 0) {
      listing.field("lat", Math.trunc(latencyUs), `lat ${formatTime(Math.trunc(latencyUs))} `);
    } else listing.field("limit", limitBytes, `limit ${formatSize(limitBytes)} `);
    if (details > 0) listing.field("linklayer", "ethernet", "linklayer ethernet ");
  },
};
