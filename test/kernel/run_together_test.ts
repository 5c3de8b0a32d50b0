import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Invocation, Output } from "../../src/kernel/kernel_network.ts";
import type { OnRun } from "../../src/kernel/measured_kernel.ts";
import { type RunProgram, RunTogether } from "../../src/kernel/run_together.ts";
import { onEachKernel } from "../support/worlds.ts";

const SHOW = { tool: "tc", args: ["qdisc", "show"], effect: "read" } as const;

/** A runner whose tools answer with their namespace, and what it was asked to run. */
function recorder(runProgram: RunProgram, onRun?: OnRun) {
  const alone: Invocation[] = [];
  const programs: string[] = [];
  const runner = new RunTogether((invocation) => {
    alone.push(invocation);
    return Promise.resolve(answer(`alone in ${invocation.namespace}`));
  }, (words, stdin) => {
    programs.push(stdin);
    return runProgram(words, stdin);
  }, onRun);
  return { runner, alone, programs };
}

function answer(stdout: string): Output {
  return { status: 0, stdout, stderr: "" };
}

/** Answers for each namespace with its name. */
const visiting: RunProgram = (_words, stdin) => {
  const names = stdin.split("\0\0")[0]?.split("\0") ?? [];
  return Promise.resolve({
    ...answer(names.map((name) => `together in ${name}\0${name.length}\0`).join("")),
    stderr: names.map((name) => `${name} complains\0`).join(""),
  });
};

Deno.test("RunTogether asks many namespaces with two processes, and gives each its answer", async () => {
  const { runner, alone, programs } = recorder(visiting);
  const namespaces = ["a", "b", "c", "d", "e"];
  const outputs = await Promise.all(
    namespaces.map((namespace) => runner.run({ ...SHOW, namespace })),
  );
  assertEquals(
    outputs,
    namespaces.map((name) => (
      { status: 1, stdout: `together in ${name}`, stderr: `${name} complains` }
    )),
  );
  assertEquals(programs, ["a\0b\0c\0\0", "d\0e\0\0"]);
  assertEquals(alone, []);
});

Deno.test("RunTogether tells of each process once, however many namespaces it visits", async () => {
  const runs: boolean[] = [];
  const { runner } = recorder(visiting, ({ isOk, seconds }) => runs.push(isOk && seconds >= 0));
  await Promise.all(["a", "b", "c", "d"].map((namespace) => runner.run({ ...SHOW, namespace })));
  assertEquals(runs, [true, true]);
  await runner.run({ ...SHOW, namespace: "a", effect: "change" });
  assertEquals(runs, [true, true, true]);
});

Deno.test("RunTogether leaves alone what changes something, differs, or needs the whole namespace", async () => {
  const { runner, alone, programs } = recorder(visiting);
  const invocations: Invocation[] = [
    { ...SHOW, namespace: "a", effect: "change" },
    { ...SHOW, namespace: "b", effect: "change" },
    SHOW,
    { ...SHOW, namespace: "c" },
    { ...SHOW, namespace: "d", stdin: "other input" },
    { tool: "sysctl", args: ["net.ipv4.ip_forward"], namespace: "e", effect: "read" },
    { tool: "sysctl", args: ["net.ipv4.ip_forward"], namespace: "f", effect: "read" },
  ];
  const outputs = await Promise.all(invocations.map((invocation) => runner.run(invocation)));
  assertEquals(outputs, invocations.map(({ namespace }) => answer(`alone in ${namespace}`)));
  assertEquals(alone.length, invocations.length);
  assertEquals(programs, []);
});

for (
  const [why, runProgram] of [
    ["hangs", () => Promise.resolve({ ...answer(""), status: 124, failure: "timed-out" })],
    ["may not be run", () => Promise.reject(new Deno.errors.NotCapable())],
    ["breaks off", () => Promise.resolve(answer("half an answer"))],
    [
      "gives no text of one",
      () => Promise.resolve({ ...answer("a\x000\0b\x000\0"), stderr: "\0" }),
    ],
  ] satisfies [string, RunProgram][]
) {
  Deno.test(`RunTogether asks each namespace by itself where the process ${why}`, async () => {
    const { runner } = recorder(runProgram);
    const outputs = await Promise.all(
      ["a", "b"].map((namespace) => runner.run({ ...SHOW, namespace })),
    );
    assertEquals(outputs, [answer("alone in a"), answer("alone in b")]);
  });
}

onEachKernel(
  "many namespaces asked at once answer as each does alone, the one that is gone too",
  async ({ kernel }) => {
    const names = ["one", "two", "three"];
    for (const name of names) {
      await kernel.execute({ tool: "ip", args: ["netns", "add", name], effect: "change" });
    }
    const htb = { ...SHOW, args: ["qdisc", "add", "dev", "lo", "root", "htb"] };
    await kernel.execute({ ...htb, namespace: "two", effect: "change" });
    const show = { ...SHOW, args: ["-batch", "-"], stdin: "qdisc show\n" };
    const asked = ["one", "two", "gone", "three"];
    const together = await Promise.all(
      asked.map((namespace) => kernel.execute({ ...show, namespace })),
    );
    for (const [i, namespace] of asked.entries()) {
      assertEquals(together[i], await kernel.execute({ ...show, namespace }), namespace);
    }
    assertStringIncludes(together[1]?.stdout ?? "", "qdisc htb");
    assertStringIncludes(together[2]?.stderr ?? "", 'Cannot open network namespace "gone"');
  },
);
