import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { berth } from "../support/berth.ts";
import { hostDump, preparedHostDump } from "../support/host_dump.ts";
import { HOST_ADDRESS } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const CRASHING = new URL("../support/crashing_isolate.ts", import.meta.url).pathname;

/** Steps that isolating takes: the symbolic link, and six processes of tools. */
const STEPS = 7;

onEachKernel(
  "a kill anywhere in isolate leaves nothing that recover does not remove",
  async (world, test) => {
    const neighbour = await world.startContainer();
    const ports = ["--ports", "31000-31007"];
    const { status } = await berth("isolate", "neighbour", "--pid", `${neighbour.pid}`, ...ports);
    assertEquals(status, 0);
    await using _server = await neighbour.listenTcp(31000);
    const talks = async () => {
      const result = await world.outside.tcp({ address: HOST_ADDRESS, port: 31000, text: "still" });
      assertEquals(result.outcome, "answered");
    };
    const before = await preparedHostDump();
    for (let steps = 0; steps < STEPS; steps++) {
      for (const when of ["before", "after"]) {
        await test.step(`killed ${when} step ${steps + 1}`, async () => {
          const victim = await world.startContainer();
          const killed = await crash(victim.pid, steps, when);
          assertEquals(killed, "SIGKILL");
          await talks();
          await victim.kill();
          const { status, stdout, stderr } = await berth("recover");
          assertEquals({ status, stderr }, { status: 0, stderr: "" });
          assertStringIncludes(stdout, "running: neighbour");
          await talks();
          assertEquals(await hostDump(), before);
        });
      }
    }
  },
  { only: "host" },
);

async function crash(pid: number, steps: number, when: string): Promise<string | null> {
  const permissions = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];
  const args = [
    "run",
    "--quiet",
    ...permissions,
    CRASHING,
    "victim",
    `${pid}`,
    "31008-31015",
    `${steps}`,
    when,
  ];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stderr: "piped" });
  const { signal, stderr } = await child.output();
  assert(stderr.length === 0 || signal !== null, new TextDecoder().decode(stderr));
  return signal;
}
