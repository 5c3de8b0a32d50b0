import { Machine } from "../../sim/model/machine.ts";
import { SimKernel } from "../../sim/sim_kernel.ts";
import { SeededRandom } from "../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import type { KernelNetwork, Tool } from "../../src/kernel/kernel_network.ts";
import { HOST_ADDRESS, HOST_MAC, OUTSIDE_ADDRESS, PREFIX_LENGTH } from "./world.ts";

/** What makes a host with a public link whose wire ends in a namespace. */
const SETUP: readonly string[] = [
  "netns add outside",
  `link add eth0 address ${HOST_MAC} type veth peer name wire netns outside`,
  "link set lo up",
  "link set eth0 up",
  "-n outside link set lo up",
  "-n outside link set wire up",
  `-n outside addr add ${OUTSIDE_ADDRESS}/${PREFIX_LENGTH} dev wire`,
  `addr add ${HOST_ADDRESS}/${PREFIX_LENGTH} dev eth0`,
  `route add default via ${OUTSIDE_ADDRESS}`,
];

/** A simulated host, ready for an isolator. */
export interface SimHost {
  /** The machine. */
  readonly machine: Machine;
  /** Its kernel. */
  readonly kernel: SimKernel;
}

/**
 * Makes a simulated host.
 *
 * @param clock Its clock; one of its own when left out.
 * @param checksInvariants Whether the whole machine is checked after every change, which takes
 *   longer the more there is; true when left out.
 * @throws {Error} If a command of its set-up fails.
 */
export async function createSimHost(
  clock: VirtualClock = new VirtualClock(),
  checksInvariants = true,
): Promise<SimHost> {
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const kernel = new SimKernel(machine, { checksInvariants });
  for (const line of SETUP) await expectOk(kernel, "ip", line);
  return { machine, kernel };
}

async function expectOk(kernel: KernelNetwork, tool: Tool, line: string): Promise<string> {
  const output = await kernel.execute({ tool, args: line.split(" "), effect: "change" });
  if (output.status === 0) return output.stdout;
  throw new Error(`"${tool} ${line}" failed: ${output.stderr}`);
}

/**
 * Lists all that an isolator could leave behind, without the numbers that the kernel or the
 * isolator chose.
 *
 * @param host The host.
 */
export async function dumpSimHost({ kernel, machine }: SimHost): Promise<string> {
  const texts = [
    await expectOk(kernel, "ip", "-o link show"),
    await expectOk(kernel, "tc", "qdisc show"),
    (await kernel.readDirectory("/var/run/netns")).join("\n"),
    (await kernel.readDirectory("/var/run/mesos/netns")).join("\n"),
  ];
  for (const link of machine.home.links.map(({ name }) => name)) {
    const text = await expectOk(kernel, "tc", `filter show dev ${link} parent ffff:`);
    const filters = text.split(/^(?=filter )/m).filter((filter) => filter.includes(" order "));
    texts.push(filters.map(withoutNumbers).sort().join(""));
  }
  for (const name of await kernel.readDirectory("/var/run/netns")) {
    const text = await expectOk(kernel, "ip", `-n ${name} -o link show`);
    texts.push(text);
    for (const link of [...text.matchAll(/^\d+: ([^:@]+)/gm)].map(([, link = ""]) => link)) {
      const listed = await expectOk(
        kernel,
        "tc",
        `-n ${name} filter show dev ${link} parent ffff:`,
      );
      const filters = listed.split(/^(?=filter )/m).filter((filter) => filter.includes(" order "));
      texts.push(filters.map(withoutNumbers).sort().join(""));
      texts.push(await expectOk(kernel, "tc", `-n ${name} class show dev ${link}`));
    }
  }
  return texts.join("\n");
}

function withoutNumbers(filter: string): string {
  return filter.replace(/fh \S+ order \d+ key ht \S+/, "").replace(/index \d+ .*/, "");
}
