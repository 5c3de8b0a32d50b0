import { assert, assertEquals } from "@std/assert";
import type { Invocation, KernelNetwork, Output } from "../../src/kernel/kernel_network.ts";
import { MeasuredKernel } from "../../src/kernel/measured_kernel.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { OPTIONS } from "../support/isolated.ts";
import { onEachKernel } from "../support/worlds.ts";

/** A kernel on which something happens just before one of its commands. */
class DisturbedKernel extends MeasuredKernel {
  #disturb: (() => Promise<void>) | undefined;
  #left = Infinity;

  constructor(inner: KernelNetwork) {
    super(inner, () => {});
  }

  /** Lets it happen before the command of this number, from 1. */
  before(command: number, disturb: () => Promise<void>): void {
    this.#left = command;
    this.#disturb = disturb;
  }

  /** Whether it has happened. */
  get isDisturbed(): boolean {
    return this.#left <= 0;
  }

  override async execute(invocation: Invocation): Promise<Output> {
    if (--this.#left === 0) await this.#disturb?.();
    return await super.execute(invocation);
  }
}

const EVERYTHING = { socketSummary: true, socketDetails: true, snmp: true, rates: false };
const LIMIT = { minimumRateLimit: 1000, rateLimitPerContainer: 1_000_000 };

onEachKernel(
  "a container that vanishes before any command of a collection leaves the others' usage whole",
  async (world) => {
    const kernel = new DisturbedKernel(world.kernel);
    const options = { ...OPTIONS, leafQdisc: "pfifo", egress: LIMIT, ingress: LIMIT } as const;
    const isolator = await Isolator.create({ ...options, statistics: EVERYTHING }, kernel);
    const start = async (id: string, ports: string) => {
      const station = await world.startContainer();
      await isolator.prepare(id, { ports: parsePorts(ports) });
      await isolator.isolate(id, station.pid);
      return station;
    };
    await start("stays", "31000");
    const fields = Object.keys(await isolator.usage("stays"));
    let isDisturbed = true;
    for (let command = 1; isDisturbed; command++) {
      const goes = await start("goes", "31001");
      kernel.before(command, async () => {
        await goes.kill();
        for (
          const line of [`link delete dev mesos${goes.pid}`, `netns delete ${goes.pid}`]
        ) {
          await world.kernel.execute({ tool: "ip", args: line.split(" "), effect: "change" });
        }
      });
      const usages = await isolator.usages();
      isDisturbed = kernel.isDisturbed;
      assertEquals(Object.keys(usages.get("stays") ?? {}), fields, `before command ${command}`);
      assertEquals(usages.get("stays")?.net_rx_rate_limit, 1_000_000);
      assert(usages.has("goes"));
      kernel.before(Infinity, () => Promise.resolve());
      await isolator.cleanup("goes");
    }
  },
);
