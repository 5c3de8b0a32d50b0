import { Isolator } from "../../src/isolator/isolator.ts";
import {
  DEFAULT_OPTIONS,
  type FilterLayout,
  type IsolatorOptions,
} from "../../src/isolator/options.ts";
import { probeKernel } from "../../src/isolator/probe.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import type { ContainerStation, World } from "./world.ts";

/** The options of most cases: room for four containers of 1,024 ephemeral ports. */
export const OPTIONS: IsolatorOptions = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
};

/** Every layout of filters, for cases that concern them all. */
export const LAYOUTS: readonly FilterLayout[] = ["hashed", "linear"];

/** Features of each kind of world's kernel, asked once. */
const features = new Map<World["kind"], ReadonlySet<string>>();

/**
 * Tells whether a world's kernel has a feature.
 *
 * @param world The world.
 * @param name The feature, as `berth check` names it.
 */
export async function hasFeature(world: World, name: string): Promise<boolean> {
  let known = features.get(world.kind);
  if (known === undefined) {
    const probed = await probeKernel(world.kernel, "berth-probe");
    known = new Set(probed.filter(({ present }) => present).map(({ feature }) => feature.name));
    features.set(world.kind, known);
  }
  return known.has(name);
}

/**
 * Makes an isolator for a world, with the leaf queue that its kernel has.
 *
 * @param world The world.
 * @param options What differs from {@linkcode OPTIONS}.
 */
export async function createIsolator(
  world: World,
  options: Partial<IsolatorOptions> = {},
): Promise<Isolator> {
  const leafQdisc = await hasFeature(world, "fq_codel") ? "fq_codel" : "pfifo";
  return await Isolator.create({ ...OPTIONS, leafQdisc, ...options }, world.kernel);
}

/**
 * Starts a container and gives it its network.
 *
 * @param world The world.
 * @param isolator The isolator.
 * @param id The container's id.
 * @param config Its ports, as text, and its CPUs.
 */
export async function startIsolated(
  world: World,
  isolator: Isolator,
  id: string,
  config: { readonly ports: string; readonly cpus?: number },
): Promise<ContainerStation> {
  const station = await world.startContainer();
  await isolator.prepare(id, { ...config, ports: parsePorts(config.ports) });
  await isolator.isolate(id, station.pid);
  return station;
}
