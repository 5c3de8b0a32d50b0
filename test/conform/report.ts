import type { Limits, Tally } from "./campaign.ts";

/** Where the last full run is told of. */
const DOCUMENT = new URL("../../docs/conformance.md", import.meta.url);

/** What a run was about. */
export interface Run {
  readonly limits: Limits;
  readonly tally: Tally;
  /** Kernel and versions of the tools. */
  readonly kernel: string;
  /** When it ended, as a date. */
  readonly date: string;
}

/**
 * Writes down what a run came to.
 *
 * @param run The run.
 */
export async function writeReport(run: Run): Promise<void> {
  await Deno.mkdir(new URL("./", DOCUMENT), { recursive: true });
  await Deno.writeTextFile(DOCUMENT, formatReport(run));
}

/**
 * Tells of a run in Markdown.
 *
 * @param run The run.
 */
export function formatReport({ limits, tally, kernel, date }: Run): string {
  const rows: (readonly [string, string | number])[] = [
    ["Date", date],
    ["Kernel and tools", kernel],
    ["First seed", limits.seed],
    ["Sequences of commands", tally.sequences],
    ["Commands answered alike", tally.compared],
    ["Listings of the state alike", tally.listings],
    ["Commands not modelled, and not compared", tally.notModelled],
    ["Sequences of frames", tally.packetSequences],
    ["Frames that went the same ways", tally.frames],
    ["Sequences of the corpus", tally.corpus],
    ["Times that a known gap was met", [...tally.gaps.values()].reduce((sum, n) => sum + n, 0)],
    ["Divergences that nothing explains", tally.unexplained.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const values = Math.max(...rows.map(([, value]) => String(value).length));
  const line = (name: string, value: string | number) =>
    `| ${name.padEnd(width)} | ${String(value).padEnd(values)} |\n`;
  return "# Conformance\n\n" +
    "What the last run of `deno task conform --report` came to: the same commands and frames on the\n" +
    "simulator and on a real kernel. MAC addresses that no command gave, qdisc handles that the kernel\n" +
    "chose, times that passed and the order of neighbours are not compared; all else is, byte by byte.\n\n" +
    line("What", "Figure") + `| ${"-".repeat(width)} | ${"-".repeat(values)} |\n` +
    rows.map(([name, value]) => line(name, value)).join("");
}
