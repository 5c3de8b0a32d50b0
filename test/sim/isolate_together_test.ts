import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Fault } from "../../sim/fault/fault.ts";
import { FaultyKernel } from "../../sim/fault/faulty_kernel.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { IsolatorError } from "../../src/isolator/isolator_error.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import type { Invocation, KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createSimHost, dumpSimHost } from "../support/sim_host.ts";

const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
  ephemeralPortsPerContainer: 64,
};

/** A simulated host whose runs of tools are counted by how they were spelled. */
async function stage(count: number, faults: readonly Fault[] = []) {
  const host = await createSimHost();
  const runs: Invocation[] = [];
  const kernel: KernelNetwork = new Proxy(host.kernel, {
    get: (target, name) => {
      if (name === "execute") {
        return (invocation: Invocation) => {
          runs.push(invocation);
          return target.execute(invocation);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  let isReady = false;
  const faulty = new FaultyKernel(
    kernel,
    faults.map((fault) => ({
      ...fault,
      match: ({ words }) =>
        isReady && fault.match instanceof RegExp && fault.match.test(words.join(" ")),
    })),
  );
  const isolator = await Isolator.create(OPTIONS, faults.length === 0 ? kernel : faulty);
  const pids: number[] = [];
  for (let i = 0; i < count; i++) {
    pids.push(host.machine.startProcess({ namespace: "new" }).pid);
    await isolator.prepare(`c${i}`, { ports: parsePorts(String(31000 + i)) });
  }
  runs.length = 0;
  isReady = true;
  return { ...host, isolator, runs, pids };
}

Deno.test("isolates that wait together share their batches at the host, and give the same", async () => {
  const one = await stage(8);
  for (const [i, pid] of one.pids.entries()) await one.isolator.isolate(`c${i}`, pid);
  const together = await stage(8);
  await Promise.all(together.pids.map((pid, i) => together.isolator.isolate(`c${i}`, pid)));
  assertEquals(await dumpSimHost(together), await dumpSimHost(one));
  const atHost = ({ runs }: { readonly runs: readonly Invocation[] }) =>
    runs.filter(({ namespace }) => namespace === undefined).length;
  assertEquals(atHost(one), 8 * 3);
  assertEquals(atHost(together), 3);
  assertEquals(together.runs.length, 3 + 8 * 3);
});

Deno.test("one that fails among many leaves nothing behind, and takes no other with it", async () => {
  const { isolator, pids, kernel } = await stage(4);
  const [first, second, third] = pids;
  assert(first !== undefined && second !== undefined && third !== undefined);
  const results = await Promise.allSettled([
    isolator.isolate("c0", first),
    isolator.isolate("c1", 4_194_000),
    isolator.isolate("c2", third),
    isolator.isolate("c2", third),
    isolator.isolate("unknown", second),
  ]);
  const codes = results.map((result) => {
    if (result.status === "fulfilled") return "done";
    return result.reason instanceof IsolatorError ? result.reason.code : "another error";
  });
  assertEquals(codes, ["done", "no-such-process", "done", "already-isolated", "unknown-container"]);
  assertEquals(await kernel.readDirectory("/var/run/mesos/netns"), ["c0", "c2"]);
  await isolator.isolate("c1", second);
  assertEquals(await kernel.readDirectory("/var/run/mesos/netns"), ["c0", "c1", "c2"]);
});

Deno.test("a call in between is not overtaken by an isolate that is asked for later", async () => {
  const { isolator, pids } = await stage(2);
  const [first, second] = pids;
  assert(first !== undefined && second !== undefined);
  const begun = isolator.isolate("c0", first);
  const removed = isolator.cleanup("c1");
  const late = isolator.isolate("c1", second);
  await begun;
  assertEquals(await removed, true);
  await assertRejects(() => late, IsolatorError, "c1");
});

Deno.test("update and cleanup name their filters, and list none", async () => {
  const { isolator, pids, runs, kernel } = await stage(3);
  for (const [i, pid] of pids.entries()) await isolator.isolate(`c${i}`, pid);
  runs.length = 0;
  assertEquals(await isolator.update("c1", { ports: parsePorts("31001,31100-31131") }), true);
  assertEquals(await isolator.update("c1", { ports: parsePorts("31100-31115") }), true);
  assertEquals(await isolator.cleanup("c1"), true);
  assertEquals(runs.filter(({ effect }) => effect === "read"), []);
  assertEquals(runs.map(({ tool }) => tool), ["tc", "tc", "tc", "tc", "tc", "tc", "ip"]);
  const again = await Isolator.create(OPTIONS, kernel);
  const report = await again.recover();
  assertEquals([report.recovered, report.mendedFilters, report.problems], [["c0", "c2"], 0, []]);
});

Deno.test("none waits for ever where not even what went wrong can be looked at", async () => {
  const { isolator, pids } = await stage(2, [{
    match: /^(tc|ip) /,
    when: "before",
    outcome: { kind: "timeout" },
  }]);
  const ends = await Promise.allSettled(pids.map((pid, i) => isolator.isolate(`c${i}`, pid)));
  assertEquals(ends.map(({ status }) => status), ["rejected", "rejected"]);
});
