import { bitRate, count } from "./format.ts";
import { rangesOf } from "./port_owners.ts";
import type { Row } from "./view.ts";

/** A column of the table. */
export interface Column {
  readonly title: string;
  /** What a cell shows. */
  readonly text: (row: Row) => string;
  /** What it is sorted by; what cannot be told comes last. */
  readonly key: (row: Row) => string | number | undefined;
  /** Whether it is a figure, which stands at the right and is sorted from the greatest on. */
  readonly isFigure?: boolean;
}

/** A rate as a column. */
function rate(title: string, key: (row: Row) => number | undefined): Column {
  return { title, key, text: (row) => bitRate(key(row)), isFigure: true };
}

/** A count as a column. */
function figure(title: string, key: (row: Row) => number | undefined): Column {
  return { title, key, text: (row) => count(key(row)), isFigure: true };
}

/** The columns, from left to right. */
export const COLUMNS: readonly Column[] = [
  { title: "Container", key: ({ id }) => id, text: ({ id }) => id },
  { title: "Status", key: ({ status }) => status, text: ({ status }) => status },
  {
    title: "Ports",
    key: ({ ports }) => rangesOf(ports)[0]?.begin,
    text: ({ ports }) => ports === "" ? "none" : ports,
  },
  {
    title: "Ephemeral",
    key: ({ ephemeral_ports: range }) => range?.begin,
    text: ({ ephemeral_ports: range }) =>
      range === undefined ? "none" : `${range.begin}-${range.end}`,
  },
  rate("Receives", ({ rxRate }) => rxRate),
  rate("Sends", ({ txRate }) => txRate),
  rate("Send limit", (row) => row.egress_rate_limit),
  figure("Dropped", ({ dropped }) => dropped),
  {
    title: "Process",
    key: ({ pid }) => pid,
    text: ({ pid }) => String(pid),
    isFigure: true,
  },
];

/** By what a table is sorted. */
export interface Order {
  /** Title of the column. */
  readonly title: string;
  readonly isDescending: boolean;
}

/**
 * Sorts rows.
 *
 * @param rows The rows.
 * @param order By what; equals stay in their order.
 */
export function sortedRows(rows: readonly Row[], { title, isDescending }: Order): Row[] {
  const column = COLUMNS.find((each) => each.title === title);
  if (column === undefined) return [...rows];
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((left, right) => {
    const [a, b] = [column.key(left), column.key(right)];
    if (a === undefined || b === undefined) {
      return Number(a === undefined) - Number(b === undefined);
    }
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), "en", { numeric: true });
  });
}

/**
 * Finds rows.
 *
 * @param rows The rows.
 * @param text Part of an id, a status or a process, or a port; all where it is empty.
 */
export function matchingRows(rows: readonly Row[], text: string): readonly Row[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  const port = /^\d{1,5}$/.test(wanted) ? Number(wanted) : undefined;
  return rows.filter((row) =>
    row.id.toLowerCase().includes(wanted) || row.status.includes(wanted) ||
    String(row.pid) === wanted || (port !== undefined && hasPort(row, port))
  );
}

function hasPort({ ports, ephemeral_ports: ephemeral }: Row, port: number): boolean {
  const ranges = [...rangesOf(ports), ...(ephemeral === undefined ? [] : [ephemeral])];
  return ranges.some(({ begin, end }) => begin <= port && port <= end);
}
