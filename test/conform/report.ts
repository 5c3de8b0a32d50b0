import type { Tally } from "./campaign.ts";

/** Where the last full runs are told of. */
const DOCUMENT = new URL("../../docs/conformance.md", import.meta.url);

/** Kernels that the simulator is compared with: that of this machine, and that of the lab. */
export const KERNELS = ["host", "uml"] as const;

/** A kernel that the simulator is compared with. */
export type KernelName = typeof KERNELS[number];

/** @param text Any word. @returns Whether it names a kernel to compare with. */
export function isKernelName(text: string): text is KernelName {
  return KERNELS.some((name) => name === text);
}

/** What each row of the document is called. */
const ROWS = {
  date: "Date",
  kernel: "Kernel and tools",
  firstSeed: "First seed",
  sequences: "Sequences of commands",
  commands: "Commands answered alike",
  listings: "Listings of the state alike",
  notModelled: "Commands not modelled, and not compared",
  packetSequences: "Sequences of frames",
  frames: "Frames that went the same ways",
  corpus: "Sequences of the corpus",
  gaps: "Times that a known gap was met",
  divergences: "Divergences that nothing explains",
} as const;

/** The rows from the top down. */
const KEYS: readonly (keyof typeof ROWS)[] = [
  ...(["date", "kernel", "firstSeed", "sequences", "commands", "listings", "notModelled"] as const),
  ...(["packetSequences", "frames", "corpus", "gaps", "divergences"] as const),
];

/** The rows whose figures are numbers. */
type CountName = Exclude<keyof typeof ROWS, "date" | "kernel">;
type Counts = Readonly<Record<CountName, number>>;

/** What a run, or several that followed each other, came to. */
export interface Figures extends Counts {
  /** When the last one ended, as a date. */
  readonly date: string;
  /** Kernel and versions of the tools. */
  readonly kernel: string;
}

/** Figures of each kernel that was compared with. */
export type Report = Partial<Record<KernelName, Figures>>;

const HEAD = `# Conformance

What the last run of \`deno task conform --report\` came to on each kernel: the same commands and
frames on the simulator and on a real kernel, that of a machine (\`--kernel host\`) and that of the
lab (\`--kernel uml\`). A run may be done in pieces: \`--continue\` goes on with the next seed, and adds
to the figures. MAC addresses that no command gave, qdisc handles that the kernel chose, times that
passed and the order of neighbours are not compared; all else is, byte by byte.
`;

/**
 * Turns what a run came to into figures.
 *
 * @param tally What it came to.
 * @param run Its first seed, its kernel with the versions of the tools, and its date.
 */
export function figuresOf(
  tally: Tally,
  run: Pick<Figures, "firstSeed" | "kernel" | "date">,
): Figures {
  return {
    ...run,
    sequences: tally.sequences,
    commands: tally.compared,
    listings: tally.listings,
    notModelled: tally.notModelled,
    packetSequences: tally.packetSequences,
    frames: tally.frames,
    corpus: tally.corpus,
    gaps: [...tally.gaps.values()].reduce((sum, count) => sum + count, 0),
    divergences: tally.unexplained.length,
  };
}

/**
 * Adds a run to those before it.
 *
 * @param before What they came to.
 * @param piece A run with the same kernel that went on with the next seed.
 */
export function addFigures(before: Figures, piece: Figures): Figures {
  const sums = countsOf((name) => before[name] + piece[name]);
  // Every piece begins with the same corpus.
  return { ...piece, ...sums, firstSeed: before.firstSeed, corpus: piece.corpus };
}

function countsOf(value: (name: CountName) => number): Counts {
  return {
    firstSeed: value("firstSeed"),
    sequences: value("sequences"),
    commands: value("commands"),
    listings: value("listings"),
    notModelled: value("notModelled"),
    packetSequences: value("packetSequences"),
    frames: value("frames"),
    corpus: value("corpus"),
    gaps: value("gaps"),
    divergences: value("divergences"),
  };
}

/** @returns What the document tells. */
export async function readReport(): Promise<Report> {
  try {
    return parseReport(await Deno.readTextFile(DOCUMENT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** @param report What the document is to tell. */
export async function writeReport(report: Report): Promise<void> {
  await Deno.mkdir(new URL("./", DOCUMENT), { recursive: true });
  await Deno.writeTextFile(DOCUMENT, formatReport(report));
}

/**
 * Reads figures back from the document.
 *
 * @param text The document.
 */
export function parseReport(text: string): Report {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  const [head = [], ...rows] = lines.map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  const byLabel = new Map(rows.map(([label = "", ...cells]) => [label, cells]));
  const report: Report = {};
  for (const name of KERNELS) {
    const column = head.indexOf(name) - 1;
    if (column < 0) continue;
    const cell = (key: keyof typeof ROWS) => byLabel.get(ROWS[key])?.[column] ?? "";
    const counts = countsOf((key) => Number(cell(key)));
    report[name] = { date: cell("date"), kernel: cell("kernel"), ...counts };
  }
  return report;
}

/**
 * Tells of runs in Markdown.
 *
 * @param report What they came to.
 */
export function formatReport(report: Report): string {
  const names = KERNELS.filter((name) => report[name] !== undefined);
  const rows = [
    ["What", ...names],
    ...KEYS.map((key) => [ROWS[key], ...names.map((name) => String(report[name]?.[key]))]),
  ];
  const widths = ["What", ...names].map((_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |\n`;
  const [head = [], ...body] = rows;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return `${HEAD}\n${line(head)}${rule}${body.map(line).join("")}`;
}
