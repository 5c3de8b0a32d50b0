import { assertEquals } from "@std/assert";
import { findUserModeLinux } from "./user_mode_linux.ts";

const LAB = new URL("lab.ts", import.meta.url).pathname;
const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];

const kernel = await findUserModeLinux();
const missing = Deno.env.get("BERTH_NO_SANDBOX") ??
  ("missing" in kernel ? kernel.missing : undefined);

function start(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", ...PERMISSIONS, LAB, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function lab(args: readonly string[], stdin = "") {
  const child = start(args);
  const input = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {}); // It may not read.
  const { code, stdout, stderr } = await child.output();
  await input;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, stdout: text(stdout), stderr: text(stderr) };
}

function inLab(title: string, fn: () => Promise<void>): void {
  const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
  Deno.test({ name: title + reason, ignore: missing !== undefined, fn });
}

/** Says what the kernel is, and tells output from errors, and from its own talk. */
const SCRIPT = `
cat; uname -n; id -u; pwd; echo "$GREETING"
ip link add v0 type veth && tc qdisc add dev v0 root fq_codel && tc qdisc show dev v0
echo oops >&2
exit 7
`;

inLab("the lab passes files, environment, input, output and status through", async () => {
  const words = ["env", "GREETING=two  words", "sh", "-c", SCRIPT];
  const { status, stdout, stderr } = await lab(["--stdin", "--", ...words], "one line\n");
  assertEquals({ status, stderr }, { status: 7, stderr: "oops\n" });
  assertEquals(stdout.split("\n").slice(0, 5), [
    ...["one line", "berth-lab", "0", Deno.cwd(), "two  words"],
  ]);
  assertEquals(/^qdisc fq_codel /m.test(stdout), true, stdout);
});

inLab("the lab ends when its time is over, and leaves nothing behind", async () => {
  const { status, stderr } = await lab(["--time-limit", "1", "--", "sleep", "1000"]);
  assertEquals(status, 124);
  assertEquals(stderr, "lab: It did not end in 1 s; see --time-limit\n");
});

inLab("the lab's kernel dies with whoever started it", async () => {
  const child = start(["--", "sh", "-c", "echo ready; exec sleep 1000"]);
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await output.read()).value, "ready\n");
  child.kill("SIGKILL");
  // Every process of the kernel holds the other end of this pipe, so its end is the end of all.
  assertEquals((await output.read()).done, true);
  await Promise.all([child.status, child.stdin.close().catch(() => {}), child.stderr.cancel()]);
});

Deno.test("the lab refuses options that make no sense", async () => {
  for (const args of [["--memory", "0", "true"], ["--time-limit", "-1", "true"], []]) {
    assertEquals((await lab(args)).status, 1);
  }
});
