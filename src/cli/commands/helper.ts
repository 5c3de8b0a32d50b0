import type { Command } from "commander";
import { type Applier, KernelApplier, PrintingApplier } from "../../isolator/apply.ts";
import { containerSidePlan, readEgressClass } from "../../isolator/container_side.ts";
import { limitOfClass } from "../../isolator/limit_plan.ts";
import { Metrics } from "../../isolator/metrics.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import { IntervalSet, portsFromJson } from "../../ports/mod.ts";
import type { RateLimit } from "../../routing/htb.ts";
import { linkName } from "../../routing/link.ts";
import { pidArgument } from "../arguments.ts";
import { withDryRun } from "../command_options.ts";
import { readingArgument, UsageError } from "../exit.ts";
import { addHelperStatistics } from "./helper_statistics.ts";
import { optionsOf } from "../flags.ts";
import { lockHost } from "../lock.ts";
import { printLine, toJson } from "../print.ts";
import { shellWords } from "../shell_words.ts";

interface UpdateOptions {
  readonly eth0_name: string;
  readonly lo_name: string;
  readonly pid: string;
  readonly portsToAdd?: string;
  readonly portsToRemove?: string;
  readonly htbConfig?: string;
  readonly leaf_qdisc?: string;
  readonly dryRun?: boolean;
}

interface HtbConfigOptions {
  readonly eth0_name: string;
  readonly pid: string;
}

/**
 * Adds `berth helper`, the reference's helper subcommands.
 *
 * @param program The program.
 */
export function addHelper(program: Command): void {
  const helper = program.command("helper")
    .description("the reference's helper subcommands, which work inside one container");
  const update = helper.command("update")
    .description("change the ports and the egress limit inside a container")
    .requiredOption("--eth0_name <link>", "its end of the veth pair")
    .requiredOption("--lo_name <link>", "its loopback link")
    .requiredOption("--pid <pid>", "its process")
    .option("--ports-to-add <json>", 'such as {"range":[{"begin":4,"end":7}]}')
    .option("--ports-to-remove <json>", 'such as {"range":[{"begin":4,"end":7}]}')
    .option(
      "--htb-config <json>",
      'such as {"rate":1000000,"ceil":2000000,"burst":65536}; {} for none',
    )
    .option("--leaf_qdisc <kind>", "queue below the limit: fq_codel or pfifo (default fq_codel)")
    .action((options: UpdateOptions) => updateInside(options));
  withDryRun(update);
  addHelperStatistics(helper);
  helper.command("htb_config")
    .description("print the egress limit inside a container as JSON")
    .requiredOption("--eth0_name <link>", "its end of the veth pair")
    .requiredOption("--pid <pid>", "its process")
    .action((options: HtbConfigOptions) => printLimit(options));
}

async function updateInside(options: UpdateOptions): Promise<void> {
  const { portsToAdd, portsToRemove, htbConfig } = options;
  if (portsToAdd === undefined && portsToRemove === undefined && htbConfig === undefined) {
    throw new UsageError(
      "There is nothing to update; give --ports_to_add, --ports_to_remove or --htb_config",
    );
  }
  const container = {
    eth0: readingArgument("--eth0_name", () => linkName(options.eth0_name)),
    lo: readingArgument("--lo_name", () => linkName(options.lo_name)),
    pid: pidArgument(options.pid),
  };
  const flags = options.leaf_qdisc === undefined
    ? []
    : [["leaf_qdisc", options.leaf_qdisc] as const];
  const { leafQdisc } = readingArgument("", () => optionsOf(new Map(flags)));
  const update = {
    portsToAdd: portsArgument("--ports_to_add", portsToAdd),
    portsToRemove: portsArgument("--ports_to_remove", portsToRemove),
    limit: limitArgument(htbConfig),
  };
  const kernel = new HostKernel();
  using _lock = options.dryRun ? { [Symbol.dispose]: () => {} } : await lockHost();
  const applier: Applier = options.dryRun
    ? new PrintingApplier((words) => printLine(shellWords(words)))
    : new KernelApplier(kernel, new Metrics());
  await applier.apply(await containerSidePlan(kernel, container, update, leafQdisc));
}

async function printLimit(options: HtbConfigOptions): Promise<void> {
  const eth0 = readingArgument("--eth0_name", () => linkName(options.eth0_name));
  const there = await readEgressClass(new HostKernel(), { eth0, pid: pidArgument(options.pid) });
  const limit: Partial<RateLimit> = there === undefined ? {} : limitOfClass(there);
  printLine(toJson({
    rate: limit.rateBytesPerSecond,
    ceil: limit.ceilBytesPerSecond,
    burst: limit.burstBytes,
  }));
}

function portsArgument(option: string, text: string | undefined): IntervalSet {
  return text === undefined
    ? IntervalSet.of()
    : readingArgument(option, () => portsFromJson(JSON.parse(text)));
}

function limitArgument(text: string | undefined): RateLimit | null | undefined {
  if (text === undefined) return undefined;
  return readingArgument("--htb_config", () => {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new TypeError('It must be an object such as {"rate":1000000}');
    }
    if (Object.keys(value).length === 0) return null;
    const { rate, ceil, burst } = { rate: undefined, ceil: undefined, burst: undefined, ...value };
    if (typeof rate !== "number") throw new TypeError('"rate" must be a number of bytes/s');
    return {
      rateBytesPerSecond: rate,
      ...(typeof ceil === "number" ? { ceilBytesPerSecond: ceil } : {}),
      ...(typeof burst === "number" ? { burstBytes: burst } : {}),
    };
  });
}
