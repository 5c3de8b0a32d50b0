import type { Feature } from "../model/features.ts";
import { parseMac } from "../model/mac.ts";
import type { Wire } from "../model/wire.ts";
import { SimKernel } from "../sim_kernel.ts";
import type { Simulation } from "../simulation.ts";

/** A machine with one card, as it is right after its boot. */
export interface WiredMachine {
  /** Its name, for traces. */
  readonly name: string;
  /** Name of its card's link. */
  readonly card: string;
  /** MAC address of its card; a random one when left out. */
  readonly mac?: string;
  /** IPv4 address of its card. */
  readonly address: string;
  /** Bits of the network prefix. */
  readonly prefixLength: number;
  /** Its default gateway; none when left out. */
  readonly gateway?: string;
  /** What its kernel was built with; everything when left out. */
  readonly features?: ReadonlySet<Feature>;
  /** Its processors; 2 when left out. */
  readonly cpuCount?: number;
  /** Speed of its card in Mbit/s; no limit when left out. */
  readonly speedMbitPerSecond?: number;
}

/**
 * Boots a machine, plugs it in, and gives it its address, with the words of `ip`.
 *
 * @param simulation Where it joins.
 * @param wire The segment of its card.
 * @param spec What it is.
 * @returns Its kernel.
 * @throws {SyntaxError} If an address cannot be read.
 * @throws {RangeError} If its name is taken.
 */
export async function joinWire(
  simulation: Simulation,
  wire: Wire,
  spec: WiredMachine,
): Promise<SimKernel> {
  const { name, features, cpuCount, card, speedMbitPerSecond } = spec;
  const mac = spec.mac === undefined ? undefined : parseMac(spec.mac);
  if (spec.mac !== undefined && mac === undefined) {
    throw new SyntaxError(`"${spec.mac}" is no MAC address`);
  }
  const machine = simulation.addMachine({
    name,
    ...(features === undefined ? {} : { features }),
    ...(cpuCount === undefined ? {} : { cpuCount }),
  });
  simulation.addCard(machine, {
    ...{ name: card, wire },
    ...(mac === undefined ? {} : { mac }),
    ...(speedMbitPerSecond === undefined ? {} : { speedMbitPerSecond }),
  });
  const kernel = new SimKernel(machine);
  for (const words of bootCommands(spec)) await expectOk(kernel, words);
  return kernel;
}

/** What makes a card work. */
function bootCommands({ card, address, prefixLength, gateway }: WiredMachine): string[][] {
  return [
    ["link", "set", "lo", "up"],
    ["link", "set", card, "up"],
    ["addr", "add", `${address}/${prefixLength}`, "dev", card],
    ...(gateway === undefined ? [] : [["route", "add", "default", "via", gateway]]),
  ];
}

async function expectOk(kernel: SimKernel, args: readonly string[]): Promise<void> {
  const { status, stderr } = await kernel.execute({ tool: "ip", args, effect: "change" });
  if (status !== 0) throw new SyntaxError(`"ip ${args.join(" ")}" failed: ${stderr.trim()}`);
}
