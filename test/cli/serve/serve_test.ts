import { assert, assertEquals, assertMatch } from "@std/assert";
import { AGENT_SOCKET, askAgent, isAgentListening } from "../../support/agent_socket.ts";
import { berth, finished, startBerth, until } from "../../support/berth.ts";
import { createIsolator, hasFeature, startIsolated } from "../../support/isolated.ts";
import type { World } from "../../support/world.ts";
import { onEachKernel } from "../../support/worlds.ts";

async function serveWords(world: World): Promise<string[]> {
  const leaf = await hasFeature(world, "fq_codel") ? "fq_codel" : "pfifo";
  return ["serve", `--leaf_qdisc=${leaf}`];
}

onEachKernel(
  "berth serve recovers, answers through its socket, refuses a second agent, and ends when told",
  async (world) => {
    const isolator = await createIsolator(world);
    const { pid } = await startIsolated(world, isolator, "web", { ports: "31000-31007" });
    const words = await serveWords(world);
    const child = startBerth(words);
    await until("the agent's socket", isAgentListening);
    const [web] = [(await askAgent("GET", "/containers")).body].flat();
    assertEquals(Object(web).pid, pid);
    const mode = (await Deno.stat(AGENT_SOCKET)).mode ?? 0;
    assertEquals(mode & 0o777, 0o600);
    const second = await berth(...words);
    assertEquals([second.status, second.stdout], [1, ""]);
    const holder = `Process ${child.pid} \\(berth serve\\)`;
    assertMatch(second.stderr, new RegExp(`${holder} is this host's agent already`));
    const updated = await berth("update", "web", "--ports=31900");
    assertEquals(updated, { status: 0, stdout: "", stderr: "" });
    await until("the change in what the agent shows", async () => {
      return Object((await askAgent("GET", "/containers/web")).body).ports === "31900";
    });
    child.kill("SIGTERM");
    const { status, stdout, stderr } = await finished(child);
    assertEquals([status, stdout], [0, ""]);
    const lines: { message: string; recovered?: unknown }[] = stderr.trim().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals(lines.map(({ message }) => message), [
      "recovered",
      "listening",
      "stopping",
      "stopped",
    ]);
    assertEquals(lines[0]?.recovered, ["web"]);
    assert(!await isAgentListening());
  },
  { only: "host" },
);
