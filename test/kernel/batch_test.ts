import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { batchInvocation, batchLine, runBatch, runBatchForced } from "../../src/kernel/batch.ts";
import { isNotFound, KernelError } from "../../src/kernel/kernel_error.ts";
import { ScriptedKernel } from "../support/scripted_kernel.ts";

const LINES = [["link", "delete", "dev", "a"], ["link", "set", "alias", "two words", "dev", "b"]];
const INPUT = 'link delete dev a\nlink set alias "two words" dev b\n';
const BATCH = { tool: "ip", lines: LINES } as const;

Deno.test("batchLine() quotes blanks and refuses what the tools could not read back", () => {
  assertEquals(batchLine(["alias", "two words"]), 'alias "two words"');
  for (const word of ["", 'a"b', "a'b", "a\\b", "#x", "a\nb", "a\tb", "\x7f"]) {
    assertThrows(() => batchLine(["alias", word]), TypeError, "cannot hold");
  }
});

Deno.test("batchInvocation() writes one line a command to standard input", () => {
  assertEquals(batchInvocation({ ...BATCH, namespace: "7" }, { force: true }), {
    tool: "ip",
    args: ["-force", "-batch", "-"],
    namespace: "7",
    stdin: INPUT,
    effect: "change",
  });
});

Deno.test("runBatch() starts no process for no lines", async () => {
  assertEquals(await runBatch(new ScriptedKernel([]), { tool: "tc", lines: [] }), "");
});

Deno.test("runBatch() names the line that failed, its words and its reason", async () => {
  const stderr = 'Cannot find device "b"\nCommand failed -:2\n';
  const run = { line: "ip -batch -", stdin: INPUT, answer: { status: 1, stderr } };
  const error = await assertRejects(() => runBatch(new ScriptedKernel([run]), BATCH), KernelError);
  assertEquals(error.batchLine, { number: 2, words: ["ip", ...LINES[1] ?? []] });
  assertEquals(error.errno, "ENODEV");
  assertEquals(error.status, 1);
});

Deno.test("runBatchForced() gives every line that failed with its own text", async () => {
  const stderr = 'Cannot find device "a"\nCommand failed -:1\nRTNETLINK answers: Operation not ' +
    "permitted\nCommand failed -:2\n";
  const kernel = new ScriptedKernel([
    { line: "ip -force -batch -", stdin: INPUT, answer: { status: 1, stderr } },
  ]);
  const failures = await runBatchForced(kernel, BATCH);
  assertEquals(failures.map(({ number, error }) => [number, error.errno]), [
    [1, "ENODEV"],
    [2, "EPERM"],
  ]);
});

Deno.test("runBatchForced() fails where the tool gave up at a line it could not read", async () => {
  const stderr = 'Cannot find device "a"\nCommand failed -:1\n' +
    'Error: any valid prefix is expected rather than "1.2.3.4/33".\n';
  const kernel = new ScriptedKernel([{
    line: "ip -force -batch -",
    answer: { status: 1, stderr },
  }]);
  const error = await assertRejects(() => runBatchForced(kernel, BATCH), KernelError);
  assertEquals(isNotFound(error), false);
});

Deno.test("runBatchForced() does not take a tool that was killed for one that was done", async () => {
  for (const stderr of ["", 'Cannot find device "a"\nCommand failed -:1\n']) {
    const run = { line: "ip -force -batch -", stdin: INPUT, answer: { status: 137, stderr } };
    await assertRejects(() => runBatchForced(new ScriptedKernel([run]), BATCH), KernelError);
  }
});
