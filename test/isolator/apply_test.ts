import { assertEquals, assertRejects } from "@std/assert";
import { KernelApplier, PrintingApplier } from "../../src/isolator/apply.ts";
import { type Change, step } from "../../src/isolator/change.ts";
import { IsolatorError } from "../../src/isolator/isolator_error.ts";
import { Metrics } from "../../src/isolator/metrics.ts";
import { KernelError } from "../../src/kernel/kernel_error.ts";
import { ScriptedKernel, type ScriptedRun } from "../support/scripted_kernel.ts";

const up = (dev: string) => step({ tool: "ip", words: ["link", "set", "dev", dev, "up"] });
const filter = (verb: string, counter: string, namespace?: string): Change =>
  step({
    tool: "tc",
    words: ["filter", verb],
    ...(namespace === undefined ? {} : { namespace }),
  }, counter);

function applying(runs: readonly ScriptedRun[]) {
  const kernel = new ScriptedKernel(runs);
  const metrics = new Metrics();
  return { kernel, metrics, applier: new KernelApplier(kernel, metrics) };
}

/** The counters that are not 0. */
function counted(metrics: Metrics): string[] {
  return Object.entries(metrics.snapshot()).filter(([, value]) => value > 0)
    .map(([name]) => name.replace("port_mapping/", ""));
}

Deno.test("KernelApplier starts one process for neighbouring steps of one tool and namespace", async () => {
  const { kernel, applier } = applying([
    { line: "ip -batch -", stdin: "link set dev a up\nlink set dev b up\n" },
    { line: "tc -batch -", stdin: "filter add\n" },
    { line: "tc -n 7 -batch -", stdin: "filter add\nfilter add\n" },
    { line: "ip -batch -", stdin: "link set dev c up\n" },
  ]);
  await applier.apply([
    ...[up("a"), up("b"), filter("add", "")],
    ...[filter("add", "", "7"), filter("add", "", "7"), up("c")],
  ]);
  kernel.done();
});

Deno.test("KernelApplier stops at the first failure and counts what failed", async () => {
  for (
    const [stderr, ending] of [
      ["RTNETLINK answers: File exists\nCommand failed -:2\n", "already_exist"],
      ["RTNETLINK answers: Invalid argument\nCommand failed -:2\n", "errors"],
    ] as const
  ) {
    const { applier, metrics } = applying([
      { line: "tc -batch -", answer: { status: 1, stderr } },
    ]);
    const plan = [filter("add", "adding_veth_ip_filters"), filter("add", "adding_lo_ip_filters")];
    await assertRejects(() => applier.apply([...plan, up("a")]), KernelError);
    assertEquals(counted(metrics), [`adding_lo_ip_filters_${ending}`]);
  }
});

Deno.test("KernelApplier goes on past failing removals; what is gone is no failure", async () => {
  const stderr = "Error: Specified filter handle not found.\nCommand failed -:1\n" +
    "RTNETLINK answers: Device or resource busy\nCommand failed -:2\n";
  const { kernel, applier, metrics } = applying([
    { line: "tc -force -batch -", answer: { status: 1, stderr } },
    { line: "ip -force -batch -" },
  ]);
  const errors = await applier.applyAll([
    filter("delete", "removing_eth0_ip_filters"),
    filter("delete", "removing_lo_ip_filters"),
    up("a"),
  ]);
  kernel.done();
  assertEquals(errors.length, 1);
  assertEquals(counted(metrics), [
    "removing_eth0_ip_filters_do_not_exist",
    "removing_lo_ip_filters_errors",
  ]);
});

Deno.test("KernelApplier tries each line by itself where the tool gave a batch up", async () => {
  const gaveUp = { status: 1, stderr: 'Error: argument "x" is wrong\n' };
  const line = "tc -force -batch -";
  const { kernel, applier } = applying([
    { line, stdin: "filter delete\nfilter delete\n", answer: gaveUp },
    { line, stdin: "filter delete\n", answer: gaveUp },
    { line, stdin: "filter delete\n" },
  ]);
  const errors = await applier.applyAll([filter("delete", ""), filter("delete", "")]);
  kernel.done();
  assertEquals(errors.length, 1);
});

const SETTINGS: Change = {
  kind: "settings",
  namespace: "7",
  required: new Map([["net.ipv4.ip_local_port_range", "61440 62463"]]),
  optional: new Map([["net.core.somaxconn", "4096"]]),
};
const SETTINGS_LINE = "ip netns exec 7 sysctl -e net.core.somaxconn=4096 " +
  "net.ipv4.ip_local_port_range=61440 62463 net.core.somaxconn net.ipv4.ip_local_port_range";

Deno.test("KernelApplier reads settings back, since sysctl may exit with 0 for a refused value", async () => {
  const answers = {
    "net.core.somaxconn = 4096\nnet.ipv4.ip_local_port_range = 61440\t62463\n": true,
    "net.ipv4.ip_local_port_range = 61440\t62463\n": true,
    "net.core.somaxconn = 128\nnet.ipv4.ip_local_port_range = 61440\t62463\n": false,
    "net.core.somaxconn = 4096\nnet.ipv4.ip_local_port_range = 32768\t60999\n": false,
    "net.core.somaxconn = 4096\n": false,
  };
  for (const [stdout, takes] of Object.entries(answers)) {
    const { applier } = applying([{ line: SETTINGS_LINE, answer: { stdout } }]);
    const applied = applier.apply([SETTINGS]);
    if (takes) await applied;
    else await assertRejects(() => applied, IsolatorError, "instead of");
  }
});

Deno.test("PrintingApplier prints each step as a command line and runs nothing", async () => {
  const lines: string[] = [];
  const applier = new PrintingApplier((words) => lines.push(words.join(" ")));
  await applier.apply([up("a"), SETTINGS]);
  await applier.applyAll([{ kind: "unlink", path: "/run/x" }]);
  assertEquals(lines, ["ip link set dev a up", SETTINGS_LINE, "rm /run/x"]);
});
