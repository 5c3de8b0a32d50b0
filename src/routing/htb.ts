import type { Command } from "../kernel/command.ts";
import { formatHandle, type Handle } from "./handle.ts";
import { ListingError } from "./json.ts";
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

/** An HTB class as listed; the tools round what they print. */
export interface HtbClass {
  /** Its handle, such as `1:1`. */
  readonly handle: string;
  /** Bytes per second at all times. */
  readonly rateBytesPerSecond: number;
  /** Bytes per second while a burst lasts. */
  readonly ceilBytesPerSecond: number;
  /** Bytes of a burst. */
  readonly burstBytes: number;
}

/**
 * Reads HTB classes, as `tc class show dev LINK` prints them.
 *
 * @param text What was printed.
 * @returns The classes in the kernel's order; other kinds are left out.
 * @throws {ListingError} If an HTB class lacks its numbers.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const text = "class htb 1:1 root prio 0 rate 8Mbit ceil 12Mbit burst 20000b cburst 15997b \n";
 * assertEquals(parseHtbClasses(text)[0]?.rateBytesPerSecond, 1_000_000);
 * ```
 */
export function parseHtbClasses(text: string): HtbClass[] {
  return [...text.matchAll(/^class htb (\S+) (.*)$/gm)].map(([line, handle, rest]) => {
    const word = (name: string) => new RegExp(`(?:^| )${name} (\\S+)`).exec(rest ?? "")?.[1];
    const [rate, ceil, burst] = [word("rate"), word("ceil"), word("burst")];
    if (handle === undefined || !rate || !ceil || !burst) {
      throw new ListingError("rate, ceil and burst", line);
    }
    return {
      handle,
      rateBytesPerSecond: parseRate(rate),
      ceilBytesPerSecond: parseRate(ceil),
      burstBytes: parseSize(burst.split("/")[0] ?? burst),
    };
  });
}

/** Units of a rate, as `tc` prints them, in bits per second. */
const RATE_UNITS: Readonly<Record<string, number>> = {
  bit: 1,
  Kbit: 1e3,
  Mbit: 1e6,
  Gbit: 1e9,
  Tbit: 1e12,
};

/** Units of a size, as `tc` prints them, in bytes. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  Kb: 1024,
  Mb: 1024 ** 2,
  Gb: 1024 ** 3,
};

function parseRate(text: string): number {
  return quantity(text, RATE_UNITS, "a rate") / 8;
}

function parseSize(text: string): number {
  return quantity(text, SIZE_UNITS, "a size");
}

function quantity(text: string, units: Readonly<Record<string, number>>, noun: string): number {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  if (match === null || unit === undefined) throw new ListingError(noun, text);
  return Number(match[1]) * unit;
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
