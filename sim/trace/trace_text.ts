import type { PacketTrace, TraceStep } from "./packet_trace.ts";

/** How a trace is written. */
export interface TraceTextOptions {
  /**
   * Names a network namespace.
   *
   * @param step A step in it.
   */
  readonly place: (step: TraceStep) => string;
  /** Whether filters that did not match are listed one by one; only counted when left out. */
  readonly isFull?: boolean;
  /** Paints what matched, and what ended badly. */
  readonly paint?: {
    readonly good: (text: string) => string;
    readonly bad: (text: string) => string;
    readonly title: (text: string) => string;
  };
}

/** A row of a trace. */
interface Row {
  readonly place: string;
  readonly link: string;
  readonly stage: string;
  readonly mark: string;
  readonly what: string;
}

/**
 * Writes the way of one packet, a line a step; the place is written where it changes.
 *
 * @param trace The packet's trace.
 * @param options How.
 * @returns Lines.
 */
export function formatTrace(trace: PacketTrace, options: TraceTextOptions): string[] {
  const { good, bad, title } = options.paint ?? PLAIN;
  const rows = collapse(trace.steps.map((step) => rowOf(step, options.place)), options.isFull);
  const widths = {
    place: widest(rows.map(({ place }) => place)),
    link: widest(rows.map(({ link }) => link)),
  };
  const lines = rows.map((row, i) => {
    const above = rows[i - 1];
    const isSamePlace = above?.place === row.place;
    const place = isSamePlace ? "" : row.place;
    const link = isSamePlace && above?.link === row.link ? "" : row.link;
    const mark = row.mark === "✓" ? good(row.mark) : row.mark;
    return [
      `  ${place.padEnd(widths.place)}`,
      link.padEnd(widths.link),
      row.stage.padEnd(STAGE_WIDTH),
      mark,
      row.what,
    ].join("  ");
  });
  const copied = trace.copiedFrom === undefined ? "" : `, a copy of ${trace.copiedFrom}`;
  return [
    title(`packet ${trace.packetId}${copied}: ${trace.packet}`),
    ...lines,
    endOf(trace, good, bad),
  ];
}

const PLAIN = {
  good: (text: string) => text,
  bad: (text: string) => text,
  title: (text: string) => text,
};

/** Width of the longest name of a stage. */
const STAGE_WIDTH = 9;

function rowOf(step: TraceStep, place: (step: TraceStep) => string): Row {
  const mark = step.matched === undefined ? " " : step.matched ? "✓" : "·";
  return { place: place(step), link: step.link, stage: step.stage, mark, what: step.what };
}

/** Filters that did not match become one line a run of them. */
function collapse(rows: readonly Row[], isFull = false): readonly Row[] {
  if (isFull) return rows;
  const collapsed: Row[] = [];
  let missed = 0;
  for (const [i, row] of rows.entries()) {
    if (row.mark === "·") {
      missed += 1;
      const next = rows[i + 1];
      if (next?.mark === "·" && next.link === row.link && next.place === row.place) continue;
      const what = missed === 1 ? row.what : `${missed} filters did not match`;
      collapsed.push({ ...row, what });
    } else collapsed.push(row);
    missed = 0;
  }
  return collapsed;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

function endOf(
  { end }: PacketTrace,
  good: (text: string) => string,
  bad: (text: string) => string,
): string {
  if (end === undefined) return "  still under way";
  const text = `  ${end.outcome}: ${end.reason}`;
  return end.outcome === "dropped" ? bad(text) : good(text);
}
