import type { Command } from "commander";
import { namespaceOf } from "../../isolator/container_side.ts";
import { readContainerStatistics } from "../../isolator/container_statistics.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import { linkName } from "../../routing/link.ts";
import { pidArgument } from "../arguments.ts";
import { readingArgument, UsageError } from "../exit.ts";
import { printLine, toJson } from "../print.ts";

/** A flag of the reference that is true or false: given alone, it is true. */
type Truth = string | true | undefined;

interface StatisticsFlags {
  readonly eth0_name: string;
  readonly pid: string;
  readonly enableSocketStatisticsSummary?: Truth;
  readonly enableSocketStatisticsDetails?: Truth;
  readonly enableSnmpStatistics?: Truth;
}

/**
 * Adds `berth helper statistics`.
 *
 * @param helper The command `berth helper`.
 */
export function addHelperStatistics(helper: Command): void {
  helper.command("statistics")
    .description("print what a container's own namespace tells as one JSON object")
    .requiredOption("--eth0_name <link>", "its end of the veth pair")
    .requiredOption("--pid <pid>", "its process")
    .option("--enable-socket-statistics-summary [boolean]", "how many TCP connections it has")
    .option("--enable-socket-statistics-details [boolean]", "round-trip times of those")
    .option("--enable-snmp-statistics [boolean]", "its protocol counters")
    .action((flags: StatisticsFlags) => printStatistics(flags));
}

async function printStatistics(flags: StatisticsFlags): Promise<void> {
  const eth0 = readingArgument("--eth0_name", () => linkName(flags.eth0_name));
  const pid = pidArgument(flags.pid);
  const options = {
    socketSummary: truth("summary", flags.enableSocketStatisticsSummary),
    socketDetails: truth("details", flags.enableSocketStatisticsDetails),
    snmp: truth("snmp", flags.enableSnmpStatistics),
  };
  const kernel = new HostKernel();
  await namespaceOf(kernel, pid);
  const { statistics } = await readContainerStatistics(kernel, { eth0, pid }, options);
  // The reference's message cannot be read without a time; whoever asked puts in a real one.
  printLine(toJson({ timestamp: 0, ...statistics }));
}

function truth(flag: string, value: Truth): boolean {
  if (value === undefined || value === "false") return false;
  if (value === true || value === "true") return true;
  throw new UsageError(`The flag for ${flag} statistics is "${value}"; use true or false`);
}
