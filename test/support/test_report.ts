/** How many tests ran, and on which kernel. */
export interface TestCounts {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
  /** Tests that were skipped. */
  readonly skipped: number;
  /** Tests that ran, passed or not, by the kernel that their titles name. */
  readonly ranOn: Readonly<Record<"sim" | "host" | "none", number>>;
}

/**
 * Counts the tests of a JUnit report.
 *
 * @param xml The report, as `deno test --junit-path` writes it.
 */
export function countTests(xml: string): TestCounts {
  let [passed, failed, skipped] = [0, 0, 0];
  const ranOn = { sim: 0, host: 0, none: 0 };
  for (const [, head = "", body = ""] of xml.matchAll(CASE)) {
    if (body.includes("<skipped")) {
      skipped++;
      continue;
    }
    if (/<(failure|error)\b/.test(body)) failed++;
    else passed++;
    ranOn[kernelOf(head)]++;
  }
  return { passed, failed, skipped, ranOn };
}

/** A title names the kernel of a shared case; what is in the simulator's own folder is on that. */
function kernelOf(head: string): "sim" | "host" | "none" {
  const named = /name="[^"]*\[(sim|host)(?: only)?\]/.exec(head)?.[1];
  if (named === "sim" || named === "host") return named;
  return /classname="[^"]*test\/sim\//.test(head) ? "sim" : "none";
}

/**
 * Compares the cases of the simulated and of the real kernel: each must stand on both.
 *
 * @param xml The report.
 * @returns Titles that only one of them has, with its name.
 */
export function oneSidedCases(xml: string): string[] {
  const arms = { sim: new Set<string>(), host: new Set<string>() };
  for (const [, head = ""] of xml.matchAll(CASE)) {
    // The names of steps hang behind their case's title.
    const [, title = "", arm] =
      /name="([^"]*?)(?: \(skipped: [^"]*\))? \[(sim|host)\]/.exec(head) ?? [];
    if (arm === "sim" || arm === "host") arms[arm].add(title);
  }
  const missing = (one: "sim" | "host", other: "sim" | "host") =>
    [...arms[one]].filter((title) => !arms[other].has(title)).map((title) => `${title} [${one}]`);
  return [...missing("sim", "host"), ...missing("host", "sim")];
}

const CASE = /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;

/**
 * Says what was counted. The last line is for machines, too.
 *
 * @param counts The counts.
 * @param kernel The real kernel and its tools, or why there was none.
 */
export function summaryLines(counts: TestCounts, kernel: string): string[] {
  const { passed, failed, skipped, ranOn } = counts;
  return [
    `on no kernel: ${ranOn.none} tests`,
    `on the simulator: ${ranOn.sim} tests`,
    `on a real kernel: ${ranOn.host} tests (${kernel})`,
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ];
}
