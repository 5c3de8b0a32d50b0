import type { FlowReport, ScenarioReport, TimelineEntry, Verdict } from "./report.ts";

/** How marks of success and failure are painted; plain text when left out. */
export interface Paint {
  /** Paints what is as it should be. */
  readonly good: (text: string) => string;
  /** Paints what is not. */
  readonly bad: (text: string) => string;
}

const PLAIN: Paint = { good: (text) => text, bad: (text) => text };

/**
 * Writes one thing that happened as a line.
 *
 * @param entry What happened.
 */
export function formatEntry({ atMs, what }: TimelineEntry): string {
  return `${formatMs(atMs).padStart(12)}  ${what}`;
}

/**
 * Writes what came of a scenario: its flows, what was unusual, and what was expected.
 *
 * @param report The report; its timeline is left to {@linkcode formatEntry}.
 * @param paint Colours.
 * @returns Lines.
 */
export function formatReport(report: ScenarioReport, paint: Paint = PLAIN): string[] {
  const { flows, findings, verdicts, endedAtMs } = report;
  const kept = verdicts.filter(({ ok }) => ok).length;
  const summary = `${kept} of ${verdicts.length} expectations came about in ${
    formatMs(endedAtMs)
  } of virtual time`;
  return [
    ...(flows.length === 0 ? [] : ["", "Flows", ...flows.flatMap(formatFlow)]),
    ...(findings.length === 0 ? [] : ["", "Findings", ...findings.map((each) => `  ${each}`)]),
    "",
    "Expectations",
    ...verdicts.map((verdict) => formatVerdict(verdict, paint)),
    "",
    report.ok ? paint.good(summary) : paint.bad(summary),
  ];
}

function formatFlow(flow: FlowReport): string[] {
  const { name, protocol, from, to, received, outcome, tookMs, rateBytesPerSecond } = flow;
  const unit = protocol === "icmp" ? "echoes" : "bytes";
  const rate = rateBytesPerSecond === undefined || protocol === "icmp"
    ? ""
    : `, ${formatRate(rateBytesPerSecond)}`;
  const drops = Object.entries(flow.drops).map(([reason, count]) =>
    `      ${count} ${count === 1 ? "packet" : "packets"} dropped: ${reason}`
  );
  return [
    `  ${name}: ${protocol}, ${from} → ${to}: ${outcome}, ` +
    `${received} ${unit} in ${formatMs(tookMs)}${rate}`,
    ...drops,
  ];
}

function formatVerdict({ wanted, seen, ok }: Verdict, paint: Paint): string {
  return `  ${ok ? paint.good("✓") : paint.bad("✗")} ${wanted}  (${seen})`;
}

function formatMs(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(3)} s` : `${ms.toFixed(3)} ms`;
}

/** Decimal units of a rate, largest first. */
const RATE_UNITS = [[1e9, "GB/s"], [1e6, "MB/s"], [1e3, "kB/s"]] as const;

function formatRate(bytesPerSecond: number): string {
  const [scale, unit] = RATE_UNITS.find(([size]) => bytesPerSecond >= size) ?? [1, "bytes/s"];
  return `${(bytesPerSecond / scale).toFixed(3)} ${unit}`;
}
