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
  const named = /name="[^"]*\[(sim|host)\]/.exec(head)?.[1];
  if (named === "sim" || named === "host") return named;
  return /classname="[^"]*test\/sim\//.test(head) ? "sim" : "none";
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
