import { output } from "../../src/cli/demo/sandbox.ts";

/** Where the figures of the last full runs stand. */
const DOCUMENT = new URL("../../docs/reliability.md", import.meta.url);

const HEAD = `# Reliability

What the last full run of each of these tasks came to. Each task writes its own part.
`;

/** One row of a part: what was counted, and what it came to. */
export type Figure = readonly [what: string, figure: string | number];

/**
 * Writes down what a full run came to, in place of what the last one did.
 *
 * @param title Heading of the part; the part of the same heading is replaced.
 * @param command Words that repeat the run, such as `deno task lives --seed 1`.
 * @param figures What was counted. Date, kernel and tools are added.
 */
export async function writeFigures(
  title: string,
  command: string,
  figures: readonly Figure[],
): Promise<void> {
  const uname = (await output(["uname", "-sr"])).stdout.trim();
  const iproute = (await output(["ip", "-V"])).stdout.trim().replace(/^.*iproute2-/, "iproute2 ");
  const date = new Date().toISOString().slice(0, 10);
  const rows: readonly Figure[] = [
    ...figures,
    ["Date", date],
    ["Kernel and tools", `${uname}, ${iproute}`],
  ];
  const old = await Deno.readTextFile(DOCUMENT).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return HEAD;
    throw error;
  });
  await Deno.writeTextFile(DOCUMENT, withPart(old, title, formatPart(command, rows)));
}

/**
 * Reads what an earlier run wrote down, to add to it.
 *
 * @param title Heading of the part.
 * @returns Its rows by what was counted; none where there is no such part.
 */
export async function readFigures(title: string): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(DOCUMENT).catch(() => "");
  return figuresOf(text, title);
}

/**
 * Finds the rows of a part.
 *
 * @param text The document.
 * @param title Heading of the part.
 */
export function figuresOf(text: string, title: string): Map<string, string> {
  const part = text.split(/^(?=## )/m).find((each) => each.startsWith(`## ${title}\n`)) ?? "";
  const rows = [...part.matchAll(/^\| (.*?) *\| (.*?) *\|$/gm)].slice(1);
  return new Map(
    rows.flatMap(([, what = "", figure = ""]) => /^-+$/.test(what) ? [] : [[what, figure]]),
  );
}

/**
 * Formats figures as a table in Markdown, below the command they come from.
 *
 * @param command Words that repeat the run.
 * @param figures Rows of the table.
 */
export function formatPart(command: string, figures: readonly Figure[]): string {
  const rows = [["What", "Figure"], ...figures.map(([what, figure]) => [what, String(figure)])];
  const [first, second] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  const line = ([what = "", figure = ""]: readonly string[]) =>
    `| ${what.padEnd(first ?? 0)} | ${figure.padEnd(second ?? 0)} |\n`;
  const [head = [], ...body] = rows;
  const rule = `| ${"-".repeat(first ?? 0)} | ${"-".repeat(second ?? 0)} |\n`;
  return `\`${command}\`\n\n${line(head)}${rule}${body.map(line).join("")}`;
}

/**
 * Replaces a part of a document in Markdown, or adds it; parts stand in the order of their titles.
 *
 * @param text The document.
 * @param title Heading of the part.
 * @param part What is to stand below the heading.
 */
export function withPart(text: string, title: string, part: string): string {
  const [head = "", ...parts] = text.trimEnd().split(/^(?=## )/m);
  const kept = parts.filter((other) => !other.startsWith(`## ${title}\n`));
  const sorted = [...kept, `## ${title}\n\n${part}`].toSorted();
  return [head, ...sorted].map((piece) => piece.trimEnd()).join("\n\n") + "\n";
}
