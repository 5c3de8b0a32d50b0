import type { Link } from "../../model/link.ts";
import type { Qdisc, QdiscParameters } from "../../model/qdisc.ts";
import type { Listing } from "../listing.ts";
import type { Words } from "../words.ts";
import { clsactKind, ingressKind, noqueueKind, pfifoFastKind } from "./kind_bare.ts";
import { fqCodelKind } from "./kind_fq_codel.ts";
import { bfifoKind, pfifoKind } from "./kind_fifo.ts";
import { htbKind } from "./kind_htb.ts";
import { tbfKind } from "./kind_tbf.ts";

/** Makes a qdisc's parameters, on a link and from what it did before. */
export type Configure = (link: Link, old: QdiscParameters | undefined) => QdiscParameters;

/** What `tc` knows of a kind of qdisc. */
export interface QdiscKindTool {
  readonly name: string;
  /**
   * Reads the words behind the kind.
   *
   * @param words Read to their end.
   * @returns What makes the parameters; undefined where the tool sends the kernel nothing.
   */
  read(words: Words): Configure | undefined;
  /** Configures a new qdisc that the tool sent nothing for; undefined where the kernel refuses. */
  readonly byDefault: Configure | undefined;
  /** Lists the parameters, as they stand behind the place. */
  list(listing: Listing, qdisc: Qdisc, details: number): void;
  /** Lists what the kind counts beside the common counters. */
  listStatistics?(listing: Listing, qdisc: Qdisc): void;
}

const KINDS: readonly QdiscKindTool[] = [
  noqueueKind,
  pfifoFastKind,
  pfifoKind,
  bfifoKind,
  tbfKind,
  htbKind,
  fqCodelKind,
  ingressKind,
  clsactKind,
];

const BY_NAME: ReadonlyMap<string, QdiscKindTool> = new Map(
  KINDS.map((kind) => [kind.name, kind]),
);

/** @param name Name of a kind. @returns What `tc` knows of it, if the simulator does. */
export function qdiscKind(name: string): QdiscKindTool | undefined {
  return BY_NAME.get(name);
}
