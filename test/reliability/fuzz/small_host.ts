import { createSimWorld } from "../../../src/cli/sim/sim_world.ts";
import { auditHost } from "../../../src/isolator/audit/audit.ts";
import { Isolator } from "../../../src/isolator/isolator.ts";
import { type FilterLayout, type IsolatorOptions } from "../../../src/isolator/options.ts";
import { PrintingApplier } from "../../../src/isolator/apply.ts";
import type { KernelNetwork } from "../../../src/kernel/kernel_network.ts";
import { createIsolator, OPTIONS, startIsolated } from "../../support/isolated.ts";
import { OUTSIDE_ADDRESS } from "../../support/world.ts";

const LIMIT = {
  minimumRateLimit: 1000,
  rateLimitPerContainer: 1_000_000,
  ceilLimit: 2_000_000,
  burst: 70_000,
};

/** A host with two containers, one of which has talked, and the options that it was made with. */
export interface SmallHost {
  readonly kernel: KernelNetwork;
  readonly options: IsolatorOptions;
}

/**
 * Makes a simulated host with two containers, limits, unique flows and an open connection.
 *
 * @param filterLayout How its filters find a container.
 */
export async function smallHost(filterLayout: FilterLayout): Promise<SmallHost> {
  const world = await createSimWorld();
  const options: IsolatorOptions = {
    ...OPTIONS,
    egress: LIMIT,
    ingress: LIMIT,
    egressUniqueFlowPerContainer: true,
    statistics: { ...OPTIONS.statistics, socketSummary: true, socketDetails: true, snmp: true },
    filterLayout,
  };
  const isolator = await createIsolator(world, options);
  const web = await startIsolated(world, isolator, "web", { ports: "31000-31007,31020" });
  await startIsolated(world, isolator, "db", { ports: "31500" });
  await world.outside.listenTcp(8080);
  await web.tcp({ address: OUTSIDE_ADDRESS, port: 8080, text: "hello" });
  return { kernel: world.kernel, options: isolator.host.options };
}

/**
 * Reads all that commands which change nothing ever read.
 *
 * @param kernel The host's kernel, whatever it answers.
 * @param options What the operator decided.
 * @throws {KernelError} If the kernel refuses.
 * @throws {ListingError} If an answer cannot be read.
 * @throws {IsolatorError} If the host will not do.
 */
export async function lookAround(kernel: KernelNetwork, options: IsolatorOptions): Promise<void> {
  const isolator = await Isolator.create(options, kernel, {
    applier: new PrintingApplier(() => {}),
  });
  await isolator.adopt();
  await isolator.usages();
  await auditHost(kernel, options);
}
