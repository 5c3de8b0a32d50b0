import type { Link } from "../../model/link.ts";
import type { Json, Listing } from "../listing.ts";
import type { IpOptions } from "./context.ts";
import { lineBreak } from "./context.ts";

/** Widths that the columns have at least. */
const WIDTHS = ["*X errors:", "packets", "errors", "dropped", "heartbt", "overrun", "compressed"]
  .map((title) => title.length);

/** Width of the column of frames for other hosts. */
const OTHER_HOST_WIDTH = "otherhost".length;

/** What Linux's other counters stand at in the simulator: nothing makes them count. */
const NOTHING = 0;

/**
 * Lists the counters of a link.
 *
 * @param link The link.
 * @param listing Where to.
 * @param options Whether errors are listed one by one.
 */
export function listLinkStatistics(
  link: Link,
  listing: Listing,
  options: Readonly<IpOptions>,
): void {
  if (listing.isJson) listing.json("stats64", jsonOf(link, options.statistics > 1));
  else listing.text(textOf(link, options));
}

function jsonOf({ counters, carrierChanges }: Link, withErrors: boolean): Json {
  const received: Record<string, Json> = {
    bytes: counters.rxBytes,
    packets: counters.rxPackets,
    errors: counters.rxErrors,
    dropped: counters.rxDropped,
    over_errors: NOTHING,
    multicast: counters.rxMulticast,
  };
  const sent: Record<string, Json> = {
    bytes: counters.txBytes,
    packets: counters.txPackets,
    errors: counters.txErrors,
    dropped: counters.txDropped,
    carrier_errors: counters.txCarrier,
    collisions: counters.txCollisions,
  };
  if (withErrors) {
    const kinds = ["length_errors", "crc_errors", "frame_errors", "fifo_errors"];
    for (const kind of kinds) received[kind] = NOTHING;
    received["missed_errors"] = counters.rxMissed;
    if (counters.rxOtherHost > 0) received["otherhost"] = counters.rxOtherHost;
    const sentKinds = ["aborted_errors", "fifo_errors", "window_errors", "heartbeat_errors"];
    for (const kind of sentKinds) sent[kind] = NOTHING;
    sent["carrier_changes"] = carrierChanges;
  }
  return { rx: received, tx: sent };
}

type Row = readonly number[];

function textOf({ counters, carrierChanges }: Link, options: Readonly<IpOptions>): string {
  const received = [
    counters.rxBytes,
    counters.rxPackets,
    counters.rxErrors,
    counters.rxDropped,
    counters.rxMissed,
    counters.rxMulticast,
  ];
  const sent = [
    counters.txBytes,
    counters.txPackets,
    counters.txErrors,
    counters.txDropped,
    counters.txCarrier,
    counters.txCollisions,
  ];
  const receiveErrors = [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING];
  // This column appears only where there is something to tell.
  const otherHost = counters.rxOtherHost > 0
    ? { heads: ["otherhost"], numbers: [counters.rxOtherHost] }
    : { heads: [], numbers: [] };
  const sendErrors = [NOTHING, NOTHING, NOTHING, NOTHING, carrierChanges];
  const widths = WIDTHS.map((width, column) =>
    Math.max(width, ...[received, sent].map((row) => String(row[column] ?? 0).length))
  );
  const end = lineBreak(options);
  const heads = {
    received: ["bytes", "packets", "errors", "dropped", "missed", "mcast", ""],
    sent: ["bytes", "packets", "errors", "dropped", "carrier", "collsns", ""],
  };
  const block = (title: string, head: readonly string[], row: Row) =>
    `    ${title}: ${titles([(widths[0] ?? 0) - 4, ...widths.slice(1)], head)}${end}` +
    `    ${numbers(widths, row)}`;
  const errorWidths = [...widths.slice(1, 6), OTHER_HOST_WIDTH];
  const errorBlock = (title: string, head: readonly string[], row: Row) =>
    `${end}    ${title} errors:` +
    `${titles([(widths[0] ?? 0) - 10, ...errorWidths], ["", ...head])}${end}` +
    `${" ".repeat((widths[0] ?? 0) + 5)}${numbers(errorWidths, row)}`;
  const receivedErrors = ["length", "crc", "frame", "fifo", "overrun", ...otherHost.heads];
  const withErrors = options.statistics > 1;
  return block("RX", heads.received, received) +
    (withErrors ? errorBlock("RX", receivedErrors, [...receiveErrors, ...otherHost.numbers]) : "") +
    end +
    block("TX", heads.sent, sent) +
    (withErrors
      ? errorBlock("TX", ["aborted", "fifo", "window", "heartbt", "transns"], sendErrors)
      : "");
}

function titles(widths: Row, names: readonly string[]): string {
  return names.map((name, column) => name.padStart(widths[column] ?? 0)).join(" ");
}

function numbers(widths: Row, row: Row): string {
  return row.map((value, column) => `${String(value).padStart(widths[column] ?? 0)} `).join("");
}
