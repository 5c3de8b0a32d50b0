import type { SourceFile } from "./source_files.ts";

/** Most lines of a file, most lines of a function, most characters of a line. */
export const LIMITS = { fileLines: 400, functionLines: 70, lineLength: 100 };

/** How a function, a method, or an arrow function with a name begins. */
const FUNCTION = new RegExp(
  [
    String.raw`^(\s*)(?:export )?(?:default )?(?:async )?function\*? ?(\w+)`,
    String
      .raw`^(\s*)(?:(?:public|private|static|override|async|get|set) )*\*?(#?\w+)\([^;]*\)?[^;=]*\{$`,
    String.raw`^(\s*)const (\w+) = (?:async )?\([^;]*=> \{$`,
  ].join("|"),
);

/** Words that look like a method's name before a bracket, and are none. */
const KEYWORDS = new Set([
  "if",
  "for",
  "while",
  "switch",
  "catch",
  "return",
  "await",
  "new",
  "using",
]);

/**
 * Finds what is longer than the house allows.
 *
 * @param file A file.
 * @returns One sentence for each.
 */
export function sizeFaults(file: SourceFile): string[] {
  const lines = file.text.split("\n");
  const { fileLines, functionLines, lineLength } = LIMITS;
  const long = lines.flatMap((line, i) =>
    line.length > lineLength && !/https?:|`|"/.test(line)
      ? [`${file.path}:${i + 1} has ${line.length} characters; ${lineLength} at most`]
      : []
  );
  const functions = functionsOf(lines)
    .filter(({ length }) => length > functionLines)
    .map(({ name, length }) =>
      `${file.path}: ${name} has ${length} lines; ${functionLines} at most`
    );
  const whole = lines.length - 1 > fileLines
    ? [`${file.path} has ${lines.length - 1} lines; ${fileLines} at most`]
    : [];
  return [...whole, ...functions, ...long];
}

/** Finds functions by the indentation that the formatter gives to their first and last line. */
function functionsOf(lines: readonly string[]): { name: string; length: number }[] {
  return lines.flatMap((line, begin) => {
    const match = FUNCTION.exec(line);
    const indent = match?.[1] ?? match?.[3] ?? match?.[5] ?? "";
    const name = match?.[2] ?? match?.[4] ?? match?.[6] ?? "";
    if (match === null || KEYWORDS.has(name)) return [];
    const end = lines.findIndex((other, i) => i > begin && other.startsWith(`${indent}}`));
    return end === -1 ? [] : [{ name, length: end - begin + 1 }];
  });
}
