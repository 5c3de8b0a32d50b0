import { runBatch } from "../kernel/batch.ts";
import type { Command } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { formatHandle } from "./handle.ts";
import { HTB_HANDLE } from "./htb.ts";
import { type HtbClass, parseHtbClasses } from "./htb_listing.ts";
import { ListingError } from "./json.ts";
import { linkName } from "./link.ts";
import { type MeasuredQdisc, parseMeasuredQdiscs } from "./queue_statistics.ts";

/** What shapes the way out of one link. */
export interface Shaping {
  /** The link's qdiscs and what they have carried. */
  readonly qdiscs: readonly MeasuredQdisc[];
  /** Its HTB classes. */
  readonly classes: readonly HtbClass[];
}

/** Options with which qdiscs are listed with all their counters, and exactly. */
const MEASURED = ["-s", "-j"];

/** Lists the qdiscs of all links. */
const SHOW_QDISCS = ["qdisc", "show"];

/**
 * Lists the classes of a link's limit. Its leaf has classes too, one a flow; they stay out.
 *
 * @param link Its name.
 */
export function showClasses(link: string): Command {
  const words = ["class", "show", "dev", linkName(link), "parent", formatHandle(HTB_HANDLE)];
  return { tool: "tc", words };
}

/**
 * A command that prints one line in brackets, to tell one listing of classes from the next. It
 * costs nothing, while a listing of a link's qdiscs goes through those of all links.
 */
const DIVIDER = ["filter", "show", "dev", "lo"];

/**
 * Reads what shapes the way out of one link of a namespace, with one process.
 *
 * @param kernel Where to look.
 * @param link Name of the link.
 * @param namespace Name of the namespace.
 * @throws {KernelError} If the kernel refuses, as it does where the namespace is gone.
 * @throws {ListingError} If a listing cannot be read.
 */
export async function readShaping(
  kernel: KernelNetwork,
  link: string,
  namespace: string,
): Promise<Shaping> {
  const text = await runBatch(kernel, {
    tool: "tc",
    namespace,
    options: MEASURED,
    lines: [SHOW_QDISCS, showClasses(link).words],
    effect: "read",
  });
  const end = text.indexOf("\n") + 1;
  return {
    qdiscs: parseMeasuredQdiscs(text.slice(0, end)).filter((qdisc) => qdisc.link === link),
    classes: parseHtbClasses(text.slice(end)),
  };
}

/**
 * Reads what shapes the ways out of many links of the kernel's own namespace, with two processes.
 *
 * @param kernel Where to look.
 * @param links Their names; those that are gone are left out.
 * @returns The shaping by link.
 * @throws {KernelError} If the kernel refuses, as it does where a link vanishes meanwhile.
 * @throws {ListingError} If a listing cannot be read.
 */
export async function readShapings(
  kernel: KernelNetwork,
  links: ReadonlySet<string>,
): Promise<Map<string, Shaping>> {
  const { stdout } = await kernel.execute({
    tool: "tc",
    args: [...MEASURED, ...SHOW_QDISCS],
    effect: "read",
  });
  const byLink = Map.groupBy(
    parseMeasuredQdiscs(stdout).filter(({ link }) => links.has(link)),
    ({ link }) => link,
  );
  const shaped = [...byLink].filter(([, qdiscs]) => qdiscs.some(({ kind }) => kind === "htb"));
  const texts = await listClasses(kernel, shaped.map(([link]) => link));
  const classes = new Map(shaped.map(([link], i) => [link, parseHtbClasses(texts[i] ?? "")]));
  return new Map(
    [...byLink].map(([link, qdiscs]) => [link, { qdiscs, classes: classes.get(link) ?? [] }]),
  );
}

/** Lists the classes of many links' limits with one process. */
async function listClasses(kernel: KernelNetwork, links: readonly string[]): Promise<string[]> {
  const text = await runBatch(kernel, {
    tool: "tc",
    options: MEASURED,
    lines: links.flatMap((link) => [showClasses(link).words, DIVIDER]),
    effect: "read",
  });
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const bracketed = lines.filter((line) => line.startsWith("["));
  // Since iproute2 6.2 classes are a line in brackets too; before, they are lines without.
  if (bracketed.length === 2 * links.length) return bracketed.filter((_, i) => i % 2 === 0);
  if (bracketed.length !== links.length) throw new ListingError("classes of each link", text);
  return splitAfter(lines, (line) => line.startsWith("["));
}

/** Cuts lines into texts, each ended by a line that is left out. */
function splitAfter(lines: readonly string[], isEnd: (line: string) => boolean): string[] {
  const ends = lines.flatMap((line, i) => isEnd(line) ? [i] : []);
  return ends.map((end, i) => lines.slice((ends[i - 1] ?? -1) + 1, end).join("\n"));
}
