import { assertEquals } from "@std/assert";
import type { Invocation } from "../../src/kernel/kernel_network.ts";
import { MeasuredKernel } from "../../src/kernel/measured_kernel.ts";
import { runTool } from "../../src/kernel/process.ts";
import { readShaping } from "../../src/routing/shaping.ts";
import { createSimHost } from "../support/sim_host.ts";

const PROGRAM = new URL("../../src/kernel/shaping.pl", import.meta.url).pathname;

/** Prints the link that a question asks for, as the visitor of namespaces understands it. */
const SCRIPT = `require shift; local $/; my $question = shaping_question(<STDIN>, @ARGV);
print $question ? "$question->{link} $question->{major}" : "for tc";`;

async function understood({ args, stdin = "" }: Invocation): Promise<string> {
  const words = ["/usr/bin/perl", "-e", SCRIPT, PROGRAM, ...args];
  const { stdout, stderr } = await runTool(words, { stdin, timeoutMs: 10_000 });
  return stdout + stderr;
}

Deno.test("shaping.pl understands the question that is asked of every container", async () => {
  const asked: Invocation[] = [];
  const { kernel } = await createSimHost();
  await kernel.execute({ tool: "ip", args: ["netns", "add", "42"], effect: "change" });
  const listening = new MeasuredKernel(kernel, ({ invocation }) => asked.push(invocation));
  await readShaping(listening, "lo", "42");
  assertEquals(await Promise.all(asked.map(understood)), ["lo 1"]);
});

Deno.test("shaping.pl leaves every other question to tc", async () => {
  const question = "qdisc show\nclass show dev eth0 parent 1:\n";
  const args = ["-s", "-j", "-batch", "-"];
  const others: Pick<Invocation, "args" | "stdin">[] = [
    { args: ["-j", "-batch", "-"], stdin: question },
    { args, stdin: "qdisc show\n" },
    { args, stdin: `${question}qdisc show\n` },
    { args, stdin: question.replace("1:", "1:1") },
    { args, stdin: question.replace("qdisc show", "qdisc show dev eth0") },
    { args, stdin: "" },
  ];
  for (const other of others) {
    assertEquals(await understood({ tool: "tc", effect: "read", ...other }), "for tc");
  }
});
