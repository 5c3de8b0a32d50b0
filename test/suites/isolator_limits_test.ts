import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import type { Isolator } from "../../src/isolator/isolator.ts";
import { IsolatorError } from "../../src/isolator/isolator_error.ts";
import { MINIMUM_RATE_BYTES_PER_SECOND } from "../../src/isolator/options.ts";
import { createIsolator, hasFeature, startIsolated } from "../support/isolated.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const MEGABYTE = 1_000_000;
const minimum = { minimumRateLimit: MINIMUM_RATE_BYTES_PER_SECOND };
const ONE_MEGABYTE = { ...minimum, rateLimitPerContainer: MEGABYTE };

onEachKernel(
  "SmallEgressLimit: 5 MB at 1 MB/s take between 4.5 and 6 s on the way out",
  async (world) => {
    const isolator = await createIsolator(world, { egress: ONE_MEGABYTE });
    const container = await startIsolated(world, isolator, "slow", { ports: "31000-31007" });
    const { receivedBytes, elapsedMs } = await container.transfer({
      to: world.outside,
      address: OUTSIDE_ADDRESS,
      port: 8080,
      bytes: 5 * MEGABYTE,
    });
    assertEquals(receivedBytes, 5 * MEGABYTE);
    assertGreater(elapsedMs, 4500);
    assertLess(elapsedMs, 6000);
  },
);

onEachKernel(
  "SmallIngressLimit: 5 MB at 1 MB/s take between 4.5 and 6 s on the way in",
  async (world) => {
    const isolator = await createIsolator(world, { ingress: ONE_MEGABYTE });
    const container = await startIsolated(world, isolator, "slow", { ports: "31000-31007" });
    const { receivedBytes, elapsedMs } = await world.outside.transfer({
      to: container,
      address: HOST_ADDRESS,
      port: 31000,
      bytes: 5 * MEGABYTE,
    });
    assertEquals(receivedBytes, 5 * MEGABYTE);
    assertGreater(elapsedMs, 4500);
    assertLess(elapsedMs, 6000);
  },
);

/** The way a rate per CPU becomes a limit. */
interface Scaling {
  readonly name: string;
  readonly cpus: number;
  readonly ratePerCpu: number | "auto";
  readonly maximumRateLimit?: number;
  readonly limit: number;
}

const SCALINGS: readonly Scaling[] = [
  {
    name: "a small share is raised to the minimum",
    cpus: 0.05,
    ratePerCpu: MEGABYTE,
    limit: 125_000,
  },
  { name: "rate times CPUs", cpus: 2, ratePerCpu: MEGABYTE, limit: 2 * MEGABYTE },
  {
    name: "a large share is lowered to the maximum",
    cpus: 64,
    ratePerCpu: MEGABYTE,
    maximumRateLimit: 10 * MEGABYTE,
    limit: 10 * MEGABYTE,
  },
  {
    name: "auto is the container's share of the link",
    cpus: 2,
    ratePerCpu: "auto",
    limit: 25 * MEGABYTE,
  },
];

for (const direction of ["egress", "ingress"] as const) {
  const title = direction === "egress" ? "ScaleEgressWithCPU" : "ScaleIngressWithCPU";
  const way = direction === "egress" ? "tx" : "rx";
  onEachKernel(
    `${title}, ${title}Large and ${title}AutoConfig: a limit follows a container's CPUs`,
    async (world, test) => {
      for (const [i, { name, cpus, ratePerCpu, maximumRateLimit, limit }] of SCALINGS.entries()) {
        await test.step(name, async () => {
          const isolator = await createIsolator(world, {
            cpus: 8,
            networkLinkSpeed: 100 * MEGABYTE,
            [direction]: {
              ...minimum,
              ratePerCpu,
              ...(maximumRateLimit === undefined ? {} : { maximumRateLimit }),
            },
          });
          await isolator.recover();
          const port = String(31000 + i);
          await startIsolated(world, isolator, `c${i}`, { ports: port, cpus });
          const usage = await isolator.usage(`c${i}`);
          assertEquals(usage[`net_${way}_rate_limit`], limit);
          await isolator.update(`c${i}`, { cpus: cpus * 2 });
          const doubled = Math.min(
            Math.max(limit === 125_000 ? 0.1 * MEGABYTE : limit * 2, 125_000),
            maximumRateLimit ?? Infinity,
          );
          assertEquals((await isolator.usage(`c${i}`))[`net_${way}_rate_limit`], doubled);
          await isolator.cleanup(`c${i}`);
        });
      }
    },
  );
}

onEachKernel("a ceil above the rate and its burst are in force and recovered", async (world) => {
  const egress = { ...ONE_MEGABYTE, ceilLimit: 2 * MEGABYTE, burst: 500_000 };
  const isolator = await createIsolator(world, { egress });
  await startIsolated(world, isolator, "bursty", { ports: "31000" });
  const usage = await isolator.usage("bursty");
  assertEquals(usage.net_tx_rate_limit, MEGABYTE);
  assertEquals(usage.net_tx_burst_rate_limit, 2 * MEGABYTE);
  assert(Math.abs((usage.net_tx_burst_size ?? 0) - 500_000) < 1_000);
  const again = await createIsolator(world, { egress });
  await again.recover();
  // The counters run on meanwhile: the host's end of the veth speaks IPv6 now and then.
  const limitsOf = async (one: Isolator) => {
    const { net_tx_rate_limit, net_tx_burst_rate_limit, net_tx_burst_size } = await one.usage(
      "bursty",
    );
    return { net_tx_rate_limit, net_tx_burst_rate_limit, net_tx_burst_size };
  };
  assertEquals(await limitsOf(again), await limitsOf(isolator));
});

onEachKernel("a 100 Gbit/s limit has a burst that is not rounded away", async (world) => {
  const egress = { ...minimum, rateLimitPerContainer: 12_500 * MEGABYTE };
  const isolator = await createIsolator(world, { egress, networkLinkSpeed: 12_500 * MEGABYTE });
  const { pid } = await startIsolated(world, isolator, "fast", { ports: "31000" });
  const { stdout } = await world.kernel.execute({
    tool: "tc",
    args: ["class", "show", "dev", "eth0"],
    namespace: String(pid),
    effect: "read",
  });
  assert(stdout.includes("rate 100Gbit"), stdout);
  assert(!/burst 0b/.test(stdout), stdout);
});

onEachKernel("packets that no filter classifies are limited too", async (world) => {
  const isolator = await createIsolator(world, { egress: ONE_MEGABYTE });
  const { pid } = await startIsolated(world, isolator, "slow", { ports: "31000" });
  const { stdout } = await world.kernel.execute({
    tool: "tc",
    args: ["qdisc", "show", "dev", "eth0"],
    namespace: String(pid),
    effect: "read",
  });
  assert(/htb 1: root .*default 0x1 /.test(stdout), stdout);
});

onEachKernel(
  "a kernel without fq_codel is refused in words that name the option to do without it",
  async (world) => {
    if (await hasFeature(world, "fq_codel")) {
      await createIsolator(world, { egressUniqueFlowPerContainer: true });
      return;
    }
    const flows = { egressUniqueFlowPerContainer: true };
    await assertRejects(
      () => createIsolator(world, flows),
      IsolatorError,
      "--egress_unique_flow_per_container",
    );
    const isolator = await createIsolator(world, { egress: ONE_MEGABYTE, leafQdisc: "fq_codel" });
    const starting = startIsolated(world, isolator, "slow", { ports: "31000" });
    await assertRejects(() => starting, IsolatorError, "--leaf_qdisc=pfifo");
    const { stdout } = await world.kernel.execute({
      tool: "ip",
      args: ["-o", "link"],
      effect: "read",
    });
    assert(!stdout.includes("mesos"), stdout);
  },
);
