import { AssertionError } from "@std/assert";
import type { KernelNetwork, Tool } from "../../src/kernel/kernel_network.ts";
import { CONTAINER_FLOWS } from "../../src/isolator/flow.ts";
import { cookieOf } from "../../src/isolator/mark.ts";

/** Folders of what leads to containers. */
const HANDLES = "/var/run/netns";
const SYMLINKS = "/var/run/mesos/netns";

/** Settings of the host that Berth changes. */
const SYSCTLS = [
  ...["route_localnet", "rp_filter", "send_redirects", "accept_local"].map((key) => `lo.${key}`),
  ...["rp_filter", "send_redirects"].map((key) => `all.${key}`),
].map((key) => `net.ipv4.conf.${key}`);

/**
 * Lists all that an isolator makes or changes on a host and in its containers, without what the
 * kernel or the isolator numbered by chance: so two hosts that hold the same give the same text.
 *
 * @param kernel The host's kernel.
 * @param names What to call containers' processes, by their ids.
 */
export async function listHoldings(
  kernel: KernelNetwork,
  names: ReadonlyMap<number, string>,
): Promise<string> {
  const handles = await folder(kernel, HANDLES);
  const texts = [
    ...await namespaceTexts(kernel),
    await show(kernel, "sysctl", SYSCTLS),
    ...handles.map((name) => `handle ${name}`),
  ];
  for (const id of await folder(kernel, SYMLINKS)) {
    texts.push(`link ${id} to ${await kernel.readLink(`${SYMLINKS}/${id}`)}`);
  }
  for (const name of handles) {
    // A handle whose mount is gone is no namespace, but it is a leftover.
    if (!/^\d+$/.test(name)) continue;
    for (const text of await namespaceTexts(kernel, name)) {
      texts.push(prefixed(`inside ${name}`, text));
    }
  }
  return renamed(texts.join("\n"), names).split("\n").filter((line) => line.trim() !== "")
    .sort().join("\n");
}

/**
 * Compares what two hosts hold, or one at two times.
 *
 * @param actual What is there.
 * @param expected What should be there.
 * @param when When, for the error.
 * @throws {AssertionError} If they differ, with the lines in which they do.
 */
export function assertSameHoldings(actual: string, expected: string, when: string): void {
  if (actual === expected) return;
  const [there, wanted] = [actual, expected].map((text) => new Set(text.split("\n")));
  const without = (lines: ReadonlySet<string> = new Set(), others?: ReadonlySet<string>) =>
    [...lines].filter((line) => !others?.has(line));
  const differences = [
    ...without(there, wanted).map((line) => `+ ${line}`),
    ...without(wanted, there).map((line) => `- ${line}`),
  ];
  const what = differences.length === 0 ? "  some lines another number of times" : "";
  throw new AssertionError(`the host differs ${when}:\n${differences.join("\n")}${what}`);
}

/** What there is in one namespace, one text for each thing. */
async function namespaceTexts(kernel: KernelNetwork, namespace?: string): Promise<string[]> {
  const at = (tool: Tool, words: readonly string[]) => show(kernel, tool, words, namespace);
  const links = await at("ip", ["-o", "link", "show"]);
  const qdiscs = await at("tc", ["qdisc", "show"]);
  const texts = [
    ...links.split("\n").map(plainLink),
    ...qdiscs.split("\n").map(plainQdisc),
    await at("ip", ["-4", "-o", "addr", "show"]).then((text) => text.replace(/^\d+: /gm, "addr ")),
    await at("ip", ["route", "show"]),
  ];
  for (const [, link = "", parent = ""] of homesOf(qdiscs)) {
    const listed = await at("tc", ["filter", "show", "dev", link, "parent", parent]);
    texts.push(...namedFlows(plainFilters(listed)).map((text) => `${link} ${parent} ${text}`));
  }
  for (const [, link = ""] of qdiscs.matchAll(/^qdisc htb \S+ dev (\S+)/gm)) {
    texts.push(prefixed(`class ${link}`, await at("tc", ["class", "show", "dev", link])));
  }
  return texts;
}

/** Links and handles of the qdiscs that filters hang on. */
function* homesOf(qdiscs: string): Generator<readonly string[]> {
  for (const [, link = ""] of qdiscs.matchAll(/^qdisc ingress ffff: dev (\S+)/gm)) {
    yield ["", link, "ffff:"];
  }
  for (const [, handle = "", link = ""] of qdiscs.matchAll(/^qdisc fq_codel (1:) dev (\S+)/gm)) {
    yield ["", link, handle];
  }
}

async function show(
  kernel: KernelNetwork,
  tool: Tool,
  args: readonly string[],
  namespace?: string,
): Promise<string> {
  const where = namespace === undefined ? {} : { namespace };
  const { status, stdout, stderr } = await kernel.execute({ tool, args, ...where, effect: "read" });
  // What cannot be listed is told of, so that it differs from what can.
  return status === 0 ? stdout : `${tool} ${args.join(" ")}: ${stderr.trim()}`;
}

async function folder(kernel: KernelNetwork, path: string): Promise<string[]> {
  return await kernel.readDirectory(path).catch(() => []);
}

/** A link without what comes a moment later: a kernel tells of the carrier in its own time. */
function plainLink(line: string): string {
  return line.replace("NO-CARRIER,", "").replace(",LOWER_UP", "").replace(/ state \w+/, "")
    .replace(/^\d+: /, "").replace(/@(if\d+|\S+?):/, ":").replace(/link-netns\S* \S+/, "")
    .replace(/qlen \d+/, "").replace(/ link-netnsid \d+/, "");
}

function plainQdisc(line: string): string {
  return line.replace(/refcnt \d+ /, "").replace(/direct_packets_stat \d+/, "")
    .replace(/direct_qlen \d+/, "");
}

/** Filters without numbers that were chosen by chance: those of root tables, and of actions. */
function plainFilters(listed: string): string[] {
  return listed.split(/^(?=filter )/m)
    .filter((filter) => filter.includes(" order ") || filter.includes("divisor"))
    .filter((filter) => !/fh 8\w\w: ht divisor 1/.test(filter))
    .map((filter) =>
      filter.replace(/fh 8\w\w::\S+ order \d+ key ht 8\w\w /, "")
        .replace(/ order \d+/, "").replace(/index \d+ .*/, "").replace(/\s+/g, " ")
    );
}

/** Names each container's flow by what is in it: who has which of those in use is chance. */
function namedFlows(filters: readonly string[]): string[] {
  const split = filters.map((filter) => {
    const flow = /\*flowid 1:([0-9a-f]+)/.exec(filter)?.[1];
    const isShared = flow === undefined || Number.parseInt(flow, 16) < CONTAINER_FLOWS.first;
    return isShared ? { filter } : { filter: filter.replace(`*flowid 1:${flow}`, ""), flow };
  });
  const groups = Map.groupBy(split, ({ flow }) => flow);
  const inUse = [...groups.keys()].filter((flow) => flow !== undefined).sort();
  const named = split.map(({ filter, flow }) => {
    if (flow === undefined) return filter;
    const [first] = (groups.get(flow) ?? []).map((each) => each.filter).sort();
    return `${filter} in one flow with ${first}`;
  });
  return inUse.length === 0 ? named : [...named, `flows in use: ${inUse.join(" ")}`];
}

function prefixed(prefix: string, text: string): string {
  return text.split("\n").filter((line) => line !== "").map((line) => `${prefix} ${line}`)
    .join("\n");
}

/** Calls processes and their marks by names. */
function renamed(text: string, names: ReadonlyMap<number, string>): string {
  const cookies = new Map([...names].map(([pid, name]) => [cookieOf(pid), name]));
  return text
    .replace(/\b(mesos|netns\/|handle |inside )(\d+)\b/g, (all, before: string, pid: string) => {
      const name = names.get(Number(pid));
      return name === undefined ? all : `${before}<${name}>`;
    })
    .replace(/\bcookie ([0-9a-f]+)/g, (all, cookie: string) => {
      const name = cookies.get(cookie);
      return name === undefined ? all : `cookie <${name}>`;
    });
}
