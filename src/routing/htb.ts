import type { Command } from "../kernel/command.ts";
import { formatHandle, type Handle } from "./handle.ts";
import type { HtbClass } from "./htb_listing.ts";
import { linkName } from "./link.ts";
import { addQdisc } from "./qdisc.ts";

/** A rate limit. */
export interface RateLimit {
  /** What may be sent at all times, in bytes per second. */
  readonly rateBytesPerSecond: number;
  /** What may be sent while a burst lasts, in bytes per second; above the rate where given. */
  readonly ceilBytesPerSecond?: number;
  /** Size of such a burst in bytes; counts only with a ceil. */
  readonly burstBytes?: number;
}

/** Handle of the HTB qdisc that carries a limit. */
export const HTB_HANDLE: Handle = { major: 1, minor: 0 };

/**
 * The one class of a limit, which is also the qdisc's default: what is not classified is limited.
 */
export const HTB_CLASS: Handle = { major: 1, minor: 1 };

/** Smallest burst in bytes: one segment of 64 KiB as offloads hand it down, and its headers. */
const BURST_MIN_BYTES = 68_000;

/** A burst lasts at least a millisecond, or the kernel's 64 ns ticks round it to nothing. */
const BURST_PER_RATE_SECONDS = 0.001;

/** Bounds of HTB's quantum: a full Ethernet frame, and the size from which the kernel warns. */
const QUANTUM_BYTES = { min: 1_514, max: 200_000 };

/** The kernel's own default share of the rate for a quantum (r2q). */
const RATE_TO_QUANTUM = 10;

/**
 * Makes the HTB qdisc of a limit.
 *
 * @param link Name of the link whose way out is limited.
 */
export function addHtb(link: string): Command {
  return addQdisc({
    link,
    parent: "root",
    handle: HTB_HANDLE,
    kind: "htb",
    options: ["default", "1"],
  });
}

/**
 * Makes or changes the class of a limit. Burst, cburst and quantum are always given: what the tools
 * compute for themselves is 0 at high rates.
 *
 * @param verb Whether to make the class or to change the one that is there.
 * @param link Name of the link.
 * @param limit The limit.
 * @throws {RangeError} If a number is not above 0, or the ceil is below the rate.
 */
export function htbClass(verb: "add" | "change", link: string, limit: RateLimit): Command {
  const { rate, ceil, burst, cburst, quantum } = htbParameters(limit);
  return {
    tool: "tc",
    words: [
      ...["class", verb, "dev", linkName(link), "parent", formatHandle(HTB_HANDLE)],
      ...["classid", formatHandle(HTB_CLASS), "htb"],
      ...["rate", `${rate}bps`, "ceil", `${ceil}bps`],
      ...["burst", String(burst), "cburst", String(cburst), "quantum", String(quantum)],
    ],
  };
}

/** Every number that HTB takes for one class. */
export interface HtbParameters {
  /** Bytes per second at all times. */
  readonly rate: number;
  /** Bytes per second while a burst lasts. */
  readonly ceil: number;
  /** Bytes of a burst at the ceil. */
  readonly burst: number;
  /** Bytes of a burst at the link's speed. */
  readonly cburst: number;
  /** Bytes that a class sends before its sibling has its turn. */
  readonly quantum: number;
}

/**
 * Completes a limit to the numbers that HTB wants.
 *
 * @param limit The limit.
 * @throws {RangeError} If a number is not above 0, or the ceil is below the rate.
 */
export function htbParameters(limit: RateLimit): HtbParameters {
  const rate = Math.round(limit.rateBytesPerSecond);
  const ceil = Math.round(limit.ceilBytesPerSecond ?? rate);
  if (!(rate > 0) || !Number.isSafeInteger(rate)) {
    throw new RangeError(
      `A rate of ${limit.rateBytesPerSecond} bytes/s limits nothing; use 1 or more`,
    );
  }
  if (ceil < rate) throw new RangeError(`A ceil of ${ceil} bytes/s is below its rate of ${rate}`);
  const shortest = (bytesPerSecond: number) =>
    Math.max(BURST_MIN_BYTES, Math.ceil(bytesPerSecond * BURST_PER_RATE_SECONDS));
  const burst = limit.ceilBytesPerSecond === undefined ? undefined : limit.burstBytes;
  return {
    rate,
    ceil,
    burst: burst === undefined ? shortest(rate) : Math.max(1, Math.round(burst)),
    cburst: shortest(ceil),
    quantum: Math.min(
      QUANTUM_BYTES.max,
      Math.max(QUANTUM_BYTES.min, Math.floor(rate / RATE_TO_QUANTUM)),
    ),
  };
}

/**
 * Tells whether a listed class carries a limit, as exactly as the listing can tell.
 *
 * The tools print four digits and round bursts through the kernel's ticks, so 0.1% of a rate and a
 * few bytes of a burst are no difference.
 *
 * @param listed The class that the kernel holds.
 * @param limit The limit that should be there.
 */
export function carriesLimit(listed: HtbClass, limit: RateLimit): boolean {
  const wanted = htbParameters(limit);
  const near = (a: number, b: number, share: number) => Math.abs(a - b) <= Math.max(64, b * share);
  return near(listed.rateBytesPerSecond, wanted.rate, 0.001) &&
    near(listed.ceilBytesPerSecond, wanted.ceil, 0.001) &&
    near(listed.burstBytes, wanted.burst, 0.01);
}
