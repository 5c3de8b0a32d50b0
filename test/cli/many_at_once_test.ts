import { assert, assertEquals } from "@std/assert";
import { askAgent, isAgentListening } from "../support/agent_socket.ts";
import { berth, finished, startBerth, until } from "../support/berth.ts";
import { onEachKernel } from "../support/worlds.ts";

/** How many containers there are: as many as there are ephemeral ranges. */
const COUNT = 4;

onEachKernel(
  "many commands at once each do their part: nothing is given twice, nothing is lost",
  async (world) => {
    const stations = await Promise.all(
      Array.from({ length: COUNT }, () => world.startContainer()),
    );
    const isolated = await Promise.all(
      stations.map(({ pid }, i) =>
        berth("isolate", `c${i}`, "--pid", `${pid}`, "--ports", `${31000 + 8 * i}-${31007 + 8 * i}`)
      ),
    );
    assertEquals(
      isolated.map(({ status, stderr }) => ({ status, stderr })),
      stations.map(() => ({
        status: 0,
        stderr: "",
      })),
    );
    // Each asks for other ports, one for those of its neighbour, and one leaves.
    const ends = await Promise.all([
      berth("update", "c0", "--ports", "31100-31103"),
      berth("update", "c1", "--ports", "31016-31017"),
      berth("update", "c2", "--ports", "31016-31023,31200"),
      berth("cleanup", "c3"),
      berth("recover"),
    ]);
    assertEquals(ends.map(({ status }) => status), [0, 1, 0, 0, 0]);
    assertEquals(portsById(await listed()), [
      ["c0", "31100-31103"],
      ["c1", "31008-31015"],
      ["c2", "31016-31023", "31200-31200"],
    ]);
    assertEquals(new Set((await listed()).map(rangeOf)).size, COUNT - 1);
  },
  { only: "host" },
);

/** A container as `berth list` tells of it. */
interface Listed {
  readonly id: string;
  readonly ports: readonly { readonly begin: number; readonly end: number }[];
  readonly ephemeral_ports: unknown;
}

async function listed(): Promise<Listed[]> {
  return JSON.parse((await berth("list", "--json")).stdout);
}

function portsById(containers: readonly Listed[]): string[][] {
  return containers
    .map(({ id, ports }) => [id, ...ports.map(({ begin, end }) => `${begin}-${end}`)]).sort();
}

function rangeOf(container: Listed): string {
  return JSON.stringify(container.ephemeral_ports);
}

onEachKernel(
  "an agent and many commands at once each do their part, and one alone gets what both ask for",
  async (world) => {
    const agent = startBerth(["serve", "--leaf_qdisc=pfifo"]);
    await until("the agent's socket", isAgentListening);
    const pids: number[] = [];
    for (let i = 0; i <= COUNT; i++) pids.push((await world.startContainer()).pid);
    const put = async (id: string, pid: number | undefined, ports: string) =>
      (await askAgent("PUT", `/containers/${id}`, { pid, ports })).status;
    const isolate = async (id: string, pid: number | undefined, ports: string) =>
      (await berth("isolate", id, "--pid", `${pid}`, "--ports", ports)).status;
    const [first, second, third, ...contended] = await Promise.all([
      put("a0", pids[0], "31000-31007"),
      isolate("c1", pids[1], "31008-31015"),
      put("a2", pids[2], "31016-31023"),
      put("both", pids[3], "31024-31031"),
      isolate("other", pids[4], "31024-31031"),
    ]);
    assertEquals([first, second, third], [201, 0, 201]);
    assert(["201,1", "409,0"].includes(contended.join()), `both and other: ${contended}`);
    const before = await listed();
    assertEquals([before.length, new Set(before.map(rangeOf)).size], [COUNT, COUNT]);
    const winner = contended[0] === 201 ? "both" : "other";
    // Each changes what the other has made, while a third looks after the host.
    const ends = await Promise.all([
      berth("update", "a0", "--ports", "31100-31103").then(({ status }) => status),
      askAgent("PATCH", "/containers/c1", { ports: "31008-31011" }).then(({ status }) => status),
      berth("cleanup", "a2").then(({ status }) => status),
      askAgent("DELETE", `/containers/${winner}`).then(({ status }) => status),
      berth("repair").then(({ status }) => status),
      berth("recover").then(({ status }) => status),
    ]);
    assertEquals(ends, [0, 200, 0, 204, 0, 0]);
    assertEquals(portsById(await listed()), [["a0", "31100-31103"], ["c1", "31008-31011"]]);
    const shown = await askAgent("GET", "/containers/c1");
    assertEquals(Object(shown.body).ports, "31008-31011");
    assertEquals((await berth("audit")).stdout, "All is as it should be\n");
    // Whoever has to wait is told of the agent as of any other.
    assertEquals((await askAgent("DELETE", "/containers/a0")).status, 204);
    const holder = await Deno.readTextFile("/run/mesos/berth.lock");
    assertEquals(holder.trim(), `${agent.pid} berth serve`);
    agent.kill("SIGTERM");
    assertEquals((await finished(agent)).status, 0);
  },
  { only: "host" },
);
