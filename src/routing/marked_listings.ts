import { runBatch } from "../kernel/batch.ts";
import { type Command, look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";

/** A command whose every line of output begins with `qdisc`, to tell one listing from the next. */
const MARKER = ["qdisc", "show", "dev", "lo"];

/**
 * Runs several listings of `tc` with one process.
 *
 * @param kernel Where to look.
 * @param commands Listings in the text form, none of whose lines begin with `qdisc`.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @returns What each listing printed, in the order asked for.
 * @throws {KernelError} If the kernel refuses, as it does where a link is gone.
 */
export async function listTogether(
  kernel: KernelNetwork,
  commands: readonly Command[],
  namespace?: string,
): Promise<string[]> {
  const where = namespace === undefined ? {} : { namespace };
  const text = commands.length < 2 ? "" : await runBatch(kernel, {
    tool: "tc",
    lines: commands.flatMap(({ words }) => [MARKER, words]),
    effect: "read",
    ...where,
  });
  const blocks = splitAtMarkers(text);
  if (blocks.length === commands.length) return blocks;
  // A lone listing needs no marker, and where lo has no qdisc to show there is none to be had.
  return await Promise.all(commands.map(async (command) => {
    return (await look(kernel, { ...command, ...where })).stdout;
  }));
}

function splitAtMarkers(text: string): string[] {
  const blocks: string[][] = [];
  let inMarker = false;
  for (const line of text.split("\n")) {
    const isMarker = line.startsWith("qdisc ");
    if (isMarker && !inMarker) blocks.push([]);
    if (!isMarker) blocks.at(-1)?.push(line);
    inMarker = isMarker;
  }
  return blocks.map((lines) => lines.join("\n"));
}
