import { assertEquals } from "@std/assert";
import { countTests, oneSidedCases, summaryLines } from "./test_report.ts";

const REPORT = `<testsuites>
<testcase name="a claim [host]" classname="./test/suites/a_test.ts" time="0.1" line="1" col="1">
</testcase>
<testcase name="a claim [host] &gt; a step" classname="./test/suites/a_test.ts" time="0.1">
</testcase>
<testcase name="a claim [sim]" classname="./test/suites/a_test.ts" time="0.1"></testcase>
<testcase name="a model" classname="./test/sim/b_test.ts" time="0.1">
<failure message="x">y</failure></testcase>
<testcase name="a value" classname="./test/ports/c_test.ts" time="0.1"><skipped/></testcase>
<testcase name="another" classname="./test/ports/c_test.ts" time="0.1"/>
</testsuites>`;

Deno.test("countTests() counts passes, failures and skips, and the kernels that tests ran on", () => {
  const counts = countTests(REPORT);
  assertEquals(counts, { passed: 4, failed: 1, skipped: 1, ranOn: { sim: 2, host: 2, none: 1 } });
  assertEquals(summaryLines(counts, "Linux").at(-1), "4 passed, 1 failed, 1 skipped");
});

Deno.test("oneSidedCases() finds a case that stands on one kernel alone, and not one that says so", () => {
  const cases = ["a [sim]", "a (skipped: no ping (package p)) [host]", "b [sim]", "c [host only]"];
  const xml = cases.map((name) => `<testcase name="${name}" time="0"></testcase>`).join("\n");
  assertEquals(oneSidedCases(xml), ["b [sim]"]);
});
