import { assertEquals } from "@std/assert";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";

/** Priority of the filters that others make. */
const PRIORITY = 99;

const RULE = "u32 match ip dport 9 0xffff flowid ffff:0";

/**
 * Makes what an operator or another program may have made: filters without a mark, on links of ours
 * as well, a link that is named like ours, and a namespace that is.
 *
 * @param kernel Where to make it.
 * @param pid Process of a container that is there.
 */
export async function makeForeignObjects(kernel: KernelNetwork, pid: number): Promise<void> {
  const filter = `filter add dev`;
  const place = `parent ffff: protocol ip prio ${PRIORITY}`;
  const lines = [
    "ip link add mesos99 type veth peer name other99",
    "ip netns add 4242",
    `tc ${filter} eth0 ${place} u32 match ip dport 9 0xffff ` +
    "action mirred egress redirect dev mesos99",
    `tc ${filter} mesos${pid} ${place} ${RULE}`,
    `tc -n ${pid} ${filter} eth0 ${place} ${RULE}`,
  ];
  for (const line of lines) {
    const [tool, ...args] = line.split(" ");
    const output = await kernel.execute({
      tool: tool === "ip" ? "ip" : "tc",
      args,
      effect: "change",
    });
    assertEquals(output.status, 0, `${line}: ${output.stderr}`);
  }
}

/**
 * Lists what {@linkcode makeForeignObjects} made.
 *
 * @param kernel Where to look.
 * @param pid Process of the same container.
 */
export async function foreignObjects(kernel: KernelNetwork, pid: number): Promise<string[]> {
  const read = async (tool: "ip" | "tc", line: string) => {
    return (await kernel.execute({ tool, args: line.split(" "), effect: "read" })).stdout;
  };
  const filters = await Promise.all([
    read("tc", "filter show dev eth0 parent ffff:"),
    read("tc", `filter show dev mesos${pid} parent ffff:`),
    read("tc", `-n ${pid} filter show dev eth0 parent ffff:`),
  ]);
  const link = JSON.parse(await read("ip", "-j link show dev mesos99"));
  const handles = await kernel.readDirectory("/var/run/netns");
  return [
    ...filters.map(foreignFilters),
    ...link.map(({ ifname, operstate }: Record<string, string>) => `${ifname} ${operstate}`),
    String(handles.includes("4242")),
  ];
}

function foreignFilters(listing: string): string {
  return listing.split(/^(?=filter )/m)
    .filter((filter) => filter.includes(` pref ${PRIORITY} `))
    .map((filter) => filter.replace(/fh 8\w\w:/g, "fh 8..:").replace(/index \d+ ref.*/g, ""))
    .join("");
}
