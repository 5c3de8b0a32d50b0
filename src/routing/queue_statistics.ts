import { asObjects, counterOf, type JsonObject, parseJson } from "./json.ts";
import { type Qdisc, qdiscOf } from "./qdisc.ts";

/** What a queue has carried and holds, in the reference's names; exact to 64 bits. */
export interface QueueStatistics {
  /** Bytes that wait in it. */
  readonly backlog?: bigint;
  /** Bytes that left it. */
  readonly bytes?: bigint;
  /** Packets that it dropped. */
  readonly drops?: bigint;
  /** How often a packet had to wait for a limit. */
  readonly overlimits?: bigint;
  /** Packets that left it. */
  readonly packets?: bigint;
  /** Packets that wait in it. */
  readonly qlen?: bigint;
  /** Its rate in bytes per second, where the kernel estimates one. */
  readonly ratebps?: bigint;
  /** Its rate in packets per second, where the kernel estimates one. */
  readonly ratepps?: bigint;
  /** Packets that the link gave back to it. */
  readonly requeues?: bigint;
}

/** A qdisc and what it has carried. */
export interface MeasuredQdisc extends Qdisc {
  /** What it has carried and holds. */
  readonly statistics: QueueStatistics;
}

/** Names of the statistics, and the keys under which `tc -s -j` prints them. */
const KEYS: readonly (readonly [keyof QueueStatistics, string])[] = [
  ["backlog", "backlog"],
  ["bytes", "bytes"],
  ["drops", "drops"],
  ["overlimits", "overlimits"],
  ["packets", "packets"],
  ["qlen", "qlen"],
  ["ratebps", "rate"],
  ["ratepps", "pps"],
  ["requeues", "requeues"],
];

/**
 * Reads qdiscs and what they have carried, as `tc -s -j qdisc show` prints them. The text form will
 * not do: it rounds what waits to a multiple of 1,024.
 *
 * @param text What was printed.
 * @throws {ListingError} If it is something else.
 */
export function parseMeasuredQdiscs(text: string): MeasuredQdisc[] {
  return asObjects(parseJson(text)).map((object) => ({
    ...qdiscOf(object),
    statistics: statisticsOf(object),
  }));
}

function statisticsOf(object: JsonObject): QueueStatistics {
  return Object.fromEntries(
    KEYS.filter(([, key]) => object[key] !== undefined)
      .map(([name, key]) => [name, counterOf(object, key)]),
  );
}
