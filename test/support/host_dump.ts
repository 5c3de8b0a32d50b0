import { berth } from "./berth.ts";
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
 * Lists the state of the host under test once it has been prepared for containers and its first one
 * is gone: what is made for all of them stays, and must not grow.
 *
 * @throws {Error} If a first container cannot run.
 */
export async function preparedHostDump(): Promise<string> {
  const { status, stderr } = await berth("run", "--", "true");
  if (status !== 0) throw new Error(`a first container did not run: ${stderr}`);
  return await hostDump();
}
