import { assertEquals, assertRejects } from "@std/assert";
import { create, remove } from "../../src/kernel/command.ts";
import { commandLine } from "../../src/kernel/command_line.ts";
import { KernelError } from "../../src/kernel/kernel_error.ts";
import { ScriptedKernel } from "../support/scripted_kernel.ts";

const COMMAND = { tool: "tc", words: ["qdisc", "add", "dev", "lo", "ingress"] } as const;

function answering(stderr: string): ScriptedKernel {
  const status = stderr === "" ? 0 : 2;
  return new ScriptedKernel([{ line: "tc qdisc add dev lo ingress", answer: { status, stderr } }]);
}

Deno.test("create() says whether it made anything, and fails for any other reason", async () => {
  assertEquals(await create(answering(""), COMMAND), true);
  assertEquals(await create(answering("RTNETLINK answers: File exists"), COMMAND), false);
  await assertRejects(() => create(answering('Cannot find device "lo"'), COMMAND), KernelError);
});

Deno.test("remove() says whether it removed anything, and fails for any other reason", async () => {
  assertEquals(await remove(answering(""), COMMAND), true);
  assertEquals(await remove(answering('Cannot find device "lo"'), COMMAND), false);
  await assertRejects(
    () => remove(answering("RTNETLINK answers: File exists"), COMMAND),
    KernelError,
  );
});

Deno.test("commandLine() enters a namespace by the tool's own option where it has one", () => {
  const line = (tool: "ip" | "ss" | "sysctl") =>
    commandLine({ tool, args: ["a"], namespace: "7", effect: "read" }).join(" ");
  assertEquals(line("ip"), "ip -n 7 a");
  assertEquals(line("ss"), "ss -N 7 a");
  assertEquals(line("sysctl"), "ip netns exec 7 sysctl a");
});
