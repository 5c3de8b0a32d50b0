/**
 * Writes a number as people read it.
 *
 * @param value The number.
 */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/**
 * Lays out a table of Markdown.
 *
 * @param head Names of the columns.
 * @param rows The cells of each row.
 * @returns Its lines, columns padded to one width.
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = head.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length))
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

/**
 * Replaces what stands under a heading of the second level, to the end of the text.
 *
 * @param text The text.
 * @param heading The heading, which is the last one of its level.
 * @param body What should stand there.
 * @throws {Error} If there is no such heading.
 */
export function replaceSection(text: string, heading: string, body: string): string {
  const begin = text.indexOf(`## ${heading}\n`);
  if (begin < 0) throw new Error(`there is no heading "${heading}"`);
  return `${text.slice(0, begin)}## ${heading}\n\n${body.trimEnd()}\n`;
}
