import type { Link } from "../../model/link.ts";
import type { Words } from "../words.ts";
import type { Configure, QdiscKindTool } from "./kind.ts";
import { formatSize, parseSize } from "./units.ts";

/** Bytes of an Ethernet header. */
const HEADER_BYTES = 14;

function read(kind: string, words: Words): number | undefined {
  const { console } = words;
  let limit: number | undefined;
  while (words.left > 0) {
    const word = words.take();
    if (word !== "limit") console.notModelled(`usage of "${kind}"`);
    const text = words.take();
    limit = parseSize(text) ??
      console.fail(`${kind}: Illegal value for "limit": "${text}"\n`);
  }
  return limit;
}

/** `pfifo`: one queue, limited in packets. */
export const pfifoKind: QdiscKindTool = {
  name: "pfifo",
  read(words): Configure | undefined {
    const limitPackets = read("pfifo", words);
    return limitPackets === undefined ? undefined : () => ({ kind: "pfifo", limitPackets });
  },
  byDefault: (link: Link) => ({ kind: "pfifo", limitPackets: link.txQueueLength }),
  list(listing, { parameters }) {
    if (parameters.kind !== "pfifo") return;
    listing.field("limit", parameters.limitPackets, `limit ${parameters.limitPackets}p`);
  },
};

/** `bfifo`: one queue, limited in bytes. */
export const bfifoKind: QdiscKindTool = {
  name: "bfifo",
  read(words): Configure | undefined {
    const limitBytes = read("bfifo", words);
    return limitBytes === undefined ? undefined : () => ({ kind: "bfifo", limitBytes });
  },
  byDefault: (link: Link) => ({
    kind: "bfifo",
    limitBytes: link.txQueueLength * (link.mtu + HEADER_BYTES),
  }),
  list(listing, { parameters }) {
    if (parameters.kind !== "bfifo") return;
    listing.field("limit", parameters.limitBytes, `limit ${formatSize(parameters.limitBytes)}`);
  },
};
