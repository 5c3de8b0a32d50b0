import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { berth, berthWords, finished, startBerth, until } from "../support/berth.ts";
import { onEachKernel } from "../support/worlds.ts";
import { HOST_ADDRESS, type World } from "../support/world.ts";
import { hostDump, preparedHostDump } from "../support/host_dump.ts";

function onHost(title: string, body: (world: World) => Promise<void>): void {
  onEachKernel(title, body, { only: "host" });
}

onHost("berth run exits with the program's own status and leaves nothing behind", async () => {
  const before = await preparedHostDump();
  for (const status of [0, 7, 255]) {
    const result = await berth("run", "--ports", "31000", "--", "sh", "-c", `exit ${status}`);
    assertEquals(result, { status, stdout: "", stderr: "" });
  }
  assertEquals(await hostDump(), before);
});

onHost("berth run gives the program its address and its ephemeral ports", async () => {
  const script = "ip -4 -o addr show eth0; cat /proc/sys/net/ipv4/ip_local_port_range";
  const { stdout } = await berth("run", "--", "sh", "-c", script);
  assertStringIncludes(stdout, `${HOST_ADDRESS}/24`);
  assertMatch(stdout, /61440\s+62463/);
});

onHost("berth run passes INT, TERM and HUP on to the program", async ({ kernel }) => {
  for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]] as const) {
    const child = startBerth(["run", "--id", "patient", "--", "sleep", "60"]);
    await until("the container", () => isUp(kernel, "patient"));
    child.kill(signal);
    assertEquals((await finished(child)).status, 128 + number, signal);
  }
});

onHost("berth run lets the program handle a signal itself", async ({ kernel }) => {
  const script = "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
  const child = startBerth(["run", "--id", "handler", "--", "sh", "-c", script]);
  await until("the container", () => isUp(kernel, "handler"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill("SIGTERM");
  const { status, stdout } = await finished(child);
  assertEquals({ status, stdout }, { status: 3, stdout: "ready\ncaught\n" });
});

onHost("berth run leaves the program its terminal", async () => {
  const inner = berthWords(["run", "--", "sh", "-c", "test -t 0 && test -t 1 && stty size"]);
  const command = `stty rows 31 cols 99; ${inner.join(" ").replace(/-c (.*)$/, "-c '$1'")}`;
  const { code, stdout } = await new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command, "/dev/null"],
    stdin: "null",
  }).output();
  assertStringIncludes(new TextDecoder().decode(stdout), "31 99");
  assertEquals(code, 0);
});

onHost(
  "berth run refuses ports that another container holds, and frees them after it",
  async (world) => {
    const child = startBerth([
      "run",
      "--id",
      "first",
      "--ports",
      "31000-31007",
      "--",
      "sleep",
      "60",
    ]);
    await until("the container", () => isUp(world.kernel, "first"));
    const before = await hostDump();
    const refused = await berth("run", "--id", "second", "--ports", "31007-31008", "--", "true");
    assertEquals(refused.status, 1);
    assertStringIncludes(refused.stderr, "held by first");
    assertEquals(await hostDump(), before);
    child.kill("SIGTERM");
    await finished(child);
    assertEquals((await berth("run", "--ports", "31007-31008", "--", "true")).status, 0);
  },
);

onHost(
  "berth run takes its program down with it when it is killed, and recover removes the rest",
  async ({ kernel }) => {
    const before = await preparedHostDump();
    const child = startBerth(["run", "--id", "doomed", "--ports", "31000", "--", "sleep", "60"]);
    await until("the container", () => isUp(kernel, "doomed"));
    const [found] = JSON.parse((await berth("list", "--json")).stdout);
    child.kill("SIGKILL");
    await finished(child);
    const { stdout } = await new Deno.Command("ps", {
      args: ["-p", String(found.pid), "-o", "stat="],
    })
      .output();
    assertMatch(new TextDecoder().decode(stdout).trim(), /^(Z.*)?$/);
    const recovered = await berth("recover");
    assertStringIncludes(recovered.stdout, "removed: doomed");
    assertEquals(await hostDump(), before);
  },
);

onHost("berth run refuses programs that cannot be run before it changes anything", async () => {
  const before = await hostDump();
  assertEquals((await berth("run", "--", "no-such-program")).status, 127);
  assertEquals((await berth("run", "--", "/etc/passwd")).status, 126);
  assertEquals(await hostDump(), before);
});

async function isUp(kernel: World["kernel"], id: string): Promise<boolean> {
  const target = await kernel.readLink(`/var/run/mesos/netns/${id}`).catch(() => undefined);
  if (target === undefined) return false;
  const name = `mesos${target.split("/").at(-1)}`;
  const { stdout } = await kernel.execute({
    tool: "ip",
    args: ["link", "show", "dev", name, "up"],
    effect: "read",
  });
  assert(name.length > 5);
  return stdout.includes(name);
}
