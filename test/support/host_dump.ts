import { output } from "../../src/cli/demo/sandbox.ts";

/** What of the real kernel must not change behind a test's back. */
const LISTINGS: readonly (readonly string[])[] = [
  ["ip", "-o", "link", "show"],
  ["ip", "-4", "-o", "addr", "show"],
  ["ip", "route", "show"],
  ["tc", "qdisc", "show"],
  ["tc", "filter", "show", "dev", "eth0", "parent", "ffff:"],
  ["tc", "filter", "show", "dev", "lo", "parent", "ffff:"],
  ["/usr/bin/ls", "/run/netns"],
  ["/usr/bin/find", "/run/mesos/netns"],
];

/** Lists the whole state of the host under test. */
export async function hostDump(): Promise<string> {
  const texts = await Promise.all(LISTINGS.map(output));
  return texts.map(({ stdout }) => stdout.replace(/valid_lft \w+|qlen \d+/g, "")).join("\n");
}

/**
 * Leaves out of a listing what a prepared host keeps when its last container is gone: its own
 * ingress
 * qdiscs, empty filter tables, lo's MAC address and MTU, and the folder of symbolic links.
 *
 * @param dump What {@linkcode hostDump} gave.
 */
export function emptyHost(dump: string): string {
  return dump.split("\n").filter((line) =>
    !/^qdisc ingress|^\d+: lo:|^filter .*(chain 0 |divisor 1 )$|^\/run\/mesos\/netns$|^$/.test(line)
  ).join("\n");
}
