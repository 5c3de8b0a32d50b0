import { runBatch } from "../../src/kernel/batch.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { HOST_MAC } from "../../src/cli/demo/world.ts";
import { aliasOf } from "../../src/isolator/mark.ts";
import { limitPlan } from "../../src/isolator/limit_plan.ts";
import { mapBounded } from "../../src/isolator/bounded.ts";
import { addVeth, setLink } from "../../src/routing/link.ts";
import { attachNamespace } from "../../src/routing/namespace.ts";
import { startProcesses } from "./processes.ts";

/** Many containers that have a veth pair, a handle and limits both ways, and no filters. */
export interface Crowd extends Disposable {
  /**
   * Starts containers.
   *
   * @param count How many there are to be in all.
   */
  growTo(count: number): Promise<void>;
}

const LIMIT = { rateBytesPerSecond: 1_000_000 };

/** How many processes are started at a time. */
const AT_ONCE = 4;

/**
 * Makes a crowd of containers, more quickly than an isolator would: in a few batches.
 *
 * @param kernel The kernel, with a host that an isolator has prepared.
 */
export function startCrowd(kernel: KernelNetwork): Crowd {
  const processes: Deno.ChildProcess[] = [];
  return {
    growTo: async (count) => {
      const fresh = await startProcesses(kernel, count - processes.length);
      processes.push(...fresh);
      await join(kernel, fresh.map(({ pid }) => pid));
    },
    [Symbol.dispose]: () => processes.forEach((process) => process.kill("SIGKILL")),
  };
}

async function join(kernel: KernelNetwork, pids: readonly number[]): Promise<void> {
  const ephemeralPorts = { begin: 61440, end: 62463 };
  const links = pids.flatMap((pid) => [
    attachNamespace(String(pid), pid),
    addVeth({ name: `mesos${pid}`, peerName: "eth0", mac: HOST_MAC, mtu: 1500, peerPid: pid }),
    setLink(`mesos${pid}`, { alias: aliasOf({ id: `c${pid}`, ephemeralPorts }), up: true }),
  ]);
  await runBatch(kernel, { tool: "ip", lines: links.map(({ words }) => words) });
  const limits = pids.flatMap((pid) => limitPlan(`mesos${pid}`, LIMIT, undefined, "pfifo"));
  await runBatch(kernel, { tool: "tc", lines: limits.map(({ words }) => words) });
  const inside = limitPlan("eth0", LIMIT, undefined, "pfifo").map(({ words }) => words);
  await mapBounded(pids, AT_ONCE, async (pid) => {
    await runBatch(kernel, { tool: "tc", namespace: String(pid), lines: inside });
  });
}
