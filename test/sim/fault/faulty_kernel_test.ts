import { assertEquals, assertRejects } from "@std/assert";
import { crashAfter, type Fault, SimulatedCrash } from "../../../sim/fault/fault.ts";
import { FaultyKernel } from "../../../sim/fault/faulty_kernel.ts";
import { runBatch, runBatchForced } from "../../../src/kernel/batch.ts";
import { isNotFound, KernelError } from "../../../src/kernel/kernel_error.ts";
import type { Tool } from "../../../src/kernel/kernel_network.ts";
import { createSimHost } from "../../support/sim_host.ts";

/** A host whose kernel fails as the rules say. */
async function stage(...faults: Fault[]) {
  const host = await createSimHost();
  const kernel = new FaultyKernel(host.kernel, faults);
  const run = (line: string, effect: "read" | "change" = "change") => {
    const [tool, ...args] = line.split(" ");
    return kernel.execute({ tool: toolNamed(tool), args, effect });
  };
  const links = () => host.machine.home.links.map(({ name }) => name);
  return { ...host, kernel, run, links };
}

function toolNamed(name: string | undefined): Tool {
  if (name === "ip" || name === "tc" || name === "sysctl") return name;
  throw new TypeError(`No tool is called "${name}"`);
}

const ADD_PAIRS = ["a0", "b0", "c0"].map((name) => `link add ${name} type veth`.split(" "));

Deno.test("a command that is refused before it took effect has changed nothing", async () => {
  const outcome = { kind: "refused", errno: "ENOSPC" } as const;
  const { run, links } = await stage({ match: /link add/, when: "before", outcome });
  const expected = {
    status: 2,
    stdout: "",
    stderr: "RTNETLINK answers: No space left on device\n",
  };
  assertEquals(await run("ip link add a0 type veth"), expected);
  assertEquals(links().includes("a0"), false);
});

Deno.test("a command that fails after it took effect has changed what it was told to", async () => {
  const outcome = { kind: "refused", errno: "ENOMEM" } as const;
  const { run, links } = await stage({ match: /link add/, when: "after", outcome });
  assertEquals((await run("ip link add a0 type veth")).status, 2);
  assertEquals(links().includes("a0"), true);
});

Deno.test("a rule can wait for the nth of its steps, and the others pass", async () => {
  const outcome = { kind: "refused", errno: "EBUSY" } as const;
  const { run } = await stage({ match: /^ip link show/, nth: 2, when: "before", outcome });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await run("ip link show lo", "read")).status);
  assertEquals(statuses, [0, 2, 0]);
});

Deno.test("a tool can answer anything", async () => {
  const output = { status: 0, stdout: "\0garbage", stderr: "" };
  const { run } = await stage({
    match: /show/,
    when: "after",
    outcome: { kind: "answer", output },
  });
  assertEquals(await run("ip link show", "read"), output);
});

Deno.test("a line of a batch fails by its number, before or after it took effect", async () => {
  for (const [when, expected] of [["before", ["a0"]], ["after", ["a0", "b0"]]] as const) {
    const outcome = { kind: "refused", errno: "ENOSPC" } as const;
    const { kernel, links } = await stage({ match: /^ip link add b0/, when, outcome });
    const error = await assertRejects(
      () => runBatch(kernel, { tool: "ip", lines: ADD_PAIRS }),
      KernelError,
    );
    assertEquals([error.errno, error.batchLine?.number], ["ENOSPC", 2]);
    assertEquals(links().filter((name) => /^[abc]0$/.test(name)), [...expected]);
  }
});

Deno.test("a forced batch goes on behind a line that fails, and later numbers are right", async () => {
  const outcome = { kind: "refused", errno: "ENOSPC" } as const;
  const { kernel, links } = await stage({ match: /add b0/, when: "before", outcome });
  const lines = [...ADD_PAIRS, ["link", "del", "nope"]];
  const failures = await runBatchForced(kernel, { tool: "ip", lines });
  assertEquals(failures.map(({ number }) => number), [2, 4]);
  assertEquals(failures.map(({ error }) => isNotFound(error)), [false, true]);
  assertEquals(links().filter((name) => /^[abc]0$/.test(name)), ["a0", "c0"]);
});

Deno.test("a crash in the middle of a batch leaves its first lines, and ends everything", async () => {
  const { kernel, links } = await stage(crashAfter(2));
  await assertRejects(() => runBatch(kernel, { tool: "ip", lines: ADD_PAIRS }), SimulatedCrash);
  assertEquals(links().filter((name) => /^[abc]0$/.test(name)), ["a0", "b0"]);
  await assertRejects(() => kernel.readDirectory("/run"), SimulatedCrash);
  await assertRejects(
    () => kernel.execute({ tool: "ip", args: ["link"], effect: "read" }),
    SimulatedCrash,
  );
});

Deno.test("operations on files fail like commands", async () => {
  const { kernel, machine } = await stage(
    { match: /^write \/tmp\/a/, when: "before", outcome: { kind: "refused", errno: "EACCES" } },
    { match: /^ln /, when: "after", outcome: { kind: "refused", errno: "EEXIST" } },
    { match: /^rm /, when: "before", outcome: { kind: "timeout" } },
  );
  const refused = [
    () => kernel.writeFile("/tmp/a", "text"),
    () => kernel.symlink("/nowhere", "/tmp/l"),
    () => kernel.unlink("/tmp/l"),
  ];
  const reasons = [];
  for (const act of refused) reasons.push((await assertRejects(act, KernelError)).errno);
  assertEquals(reasons, ["EACCES", "EEXIST", "ETIMEDOUT"]);
  assertEquals(machine.files.readDirectory("/tmp"), ["l"]);
});

Deno.test("a process can end between any two commands", async () => {
  const host = await createSimHost();
  const process = host.machine.startProcess({ namespace: "new" });
  const act = () => host.machine.endProcess(process);
  const kernel = new FaultyKernel(host.kernel, [
    { match: /netns attach/, when: "before", outcome: { kind: "event", act } },
  ]);
  const args = ["netns", "attach", "victim", `${process.pid}`];
  const { status } = await kernel.execute({ tool: "ip", args, effect: "change" });
  assertEquals(status, 1);
  assertEquals(kernel.steps.map(({ words }) => words.join(" ")), [`ip ${args.join(" ")}`]);
});
