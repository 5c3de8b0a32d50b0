import { table } from "../print.ts";
import type { TopRow } from "./top_row.ts";

/** A column of the table. */
interface Column {
  /** The key that sorts by it. */
  readonly key: string;
  /** Its head. */
  readonly head: string;
  /** How many characters wide figures are, which stand at the right; undefined for texts. */
  readonly width?: number;
  /** What a row is sorted by; the largest come first, texts in their order. */
  readonly value: (row: TopRow) => number | string | undefined;
  /** What a row shows. */
  readonly cell: (row: TopRow) => string;
}

/** Every column, in order. */
export const COLUMNS: readonly Column[] = [
  { key: "i", head: "ID", value: ({ id }) => id, cell: ({ id }) => id },
  { key: "s", head: "STATUS", value: ({ status }) => status, cell: ({ status }) => status },
  {
    key: "p",
    head: "PORTS",
    value: ({ ports }) => Number.parseInt(ports),
    cell: ({ ports }) => shortened(ports),
  },
  {
    key: "r",
    head: "RX/s",
    width: 8,
    value: (row) => row.rxBytesPerSecond,
    cell: (row) => bytes(row.rxBytesPerSecond),
  },
  {
    key: "t",
    head: "TX/s",
    width: 8,
    value: (row) => row.txBytesPerSecond,
    cell: (row) => bytes(row.txBytesPerSecond),
  },
  { key: "l", head: "LIMIT", value: (row) => row.limitShare, cell: (row) => bar(row.limitShare) },
  {
    key: "d",
    head: "DROPS/s",
    width: 8,
    value: (row) => row.dropsPerSecond,
    cell: (row) => rounded(row.dropsPerSecond),
  },
  {
    key: "m",
    head: "RTT P50",
    width: 8,
    value: (row) => row.rttP50Microseconds,
    cell: (row) => time(row.rttP50Microseconds),
  },
  {
    key: "n",
    head: "RTT P99",
    width: 8,
    value: (row) => row.rttP99Microseconds,
    cell: (row) => time(row.rttP99Microseconds),
  },
  {
    key: "a",
    head: "AGAIN/s",
    width: 8,
    value: (row) => row.retransmitsPerSecond,
    cell: (row) => rounded(row.retransmitsPerSecond),
  },
];

/**
 * Tells the keys, and by which column the table is sorted.
 *
 * @param sortKey Key of that column.
 */
export function keysLine(sortKey: string): string {
  const keys = COLUMNS.map(({ key, head }) =>
    key === sortKey ? `[${key} ${head}]` : `${key} ${head}`
  );
  return `sort: ${keys.join(", ")}; quit: q`;
}

/**
 * Lays rows out as a table.
 *
 * @param rows The rows.
 * @param sortKey Key of the column to sort by; those that lack a value come last.
 */
export function topTable(rows: readonly TopRow[], sortKey: string): string[] {
  const { value } = COLUMNS.find(({ key }) => key === sortKey) ?? { value: (row) => row.id };
  const sorted = rows.toSorted((a, b) => compare(value(a), value(b)));
  return table(
    COLUMNS.map(({ head, width = 0 }) => head.padStart(width)),
    sorted.map((row) => COLUMNS.map(({ cell, width = 0 }) => cell(row).padStart(width))),
  );
}

/** Sorts ids by the numbers in them. */
const TEXTS = new Intl.Collator("en", { numeric: true });

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (typeof a === "string" && typeof b === "string") return TEXTS.compare(a, b);
  const [x, y] = [a, b].map((value) => typeof value === "number" ? value : -1);
  return (y ?? -1) - (x ?? -1);
}

/** Longest text of ports; whoever has more is told so. */
const PORTS_LENGTH = 24;

function shortened(ports: string): string {
  if (ports === "") return "-";
  return ports.length > PORTS_LENGTH ? `${ports.slice(0, PORTS_LENGTH - 1)}…` : ports;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

function bytes(value: number | undefined): string {
  if (value === undefined) return "-";
  const order = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** order;
  return `${scaled.toFixed(order === 0 || scaled >= 100 ? 0 : 1)} ${UNITS[order]}`;
}

function rounded(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(0);
}

function time(microseconds: number | undefined): string {
  if (microseconds === undefined) return "-";
  return microseconds < 1000 ? `${microseconds} µs` : `${(microseconds / 1000).toFixed(1)} ms`;
}

/** Cells of a bar at its limit. */
const BAR_CELLS = 10;

function bar(share: number | undefined): string {
  if (share === undefined) return "-";
  const full = Math.min(BAR_CELLS, Math.round(share * BAR_CELLS));
  const percent = `${Math.round(share * 100)}%`.padStart(4);
  return `${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)} ${percent}`;
}
