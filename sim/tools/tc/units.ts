/**
 * Rates, sizes and times as `tc` reads and prints them.
 *
 * @module
 */

/** Bits a second of each suffix of a rate, in lower case. */
const RATE_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["bit", 1],
  ["kibit", 1024],
  ["kbit", 1000],
  ["mibit", 1024 ** 2],
  ["mbit", 1e6],
  ["gibit", 1024 ** 3],
  ["gbit", 1e9],
  ["tibit", 1024 ** 4],
  ["tbit", 1e12],
  ["bps", 8],
  ["kibps", 8 * 1024],
  ["kbps", 8e3],
  ["mibps", 8 * 1024 ** 2],
  ["mbps", 8e6],
  ["gibps", 8 * 1024 ** 3],
  ["gbps", 8e9],
  ["tibps", 8 * 1024 ** 4],
  ["tbps", 8e12],
]);

/** Bytes of each suffix of a size, in lower case. */
const SIZE_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1024],
  ["kb", 1024],
  ["kbit", 128],
  ["m", 1024 ** 2],
  ["mb", 1024 ** 2],
  ["mbit", 1024 ** 2 / 8],
  ["g", 1024 ** 3],
  ["gb", 1024 ** 3],
  ["gbit", 1024 ** 3 / 8],
]);

/** Microseconds of each suffix of a time, in lower case. */
const TIME_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["us", 1],
  ["usec", 1],
  ["usecs", 1],
  ["ms", 1e3],
  ["msec", 1e3],
  ["msecs", 1e3],
  ["s", 1e6],
  ["sec", 1e6],
  ["secs", 1e6],
]);

function scaled(text: string, suffixes: ReadonlyMap<string, number>): number | undefined {
  const match = /^\s*([+-]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))(.*)$/i.exec(text);
  const [, digits, suffix] = match ?? [];
  const scale = suffixes.get(suffix?.toLowerCase() ?? "?");
  return digits === undefined || scale === undefined ? undefined : Number(digits) * scale;
}

/**
 * Reads a rate.
 *
 * @param text A number with a suffix such as `mbit` (bits) or `bps` (bytes); bits without one.
 * @returns Whole bytes a second, or undefined for any other text; 0 where they exceed 64 bits, as
 *   C's conversion has it.
 */
export function parseRate(text: string): number | undefined {
  const bits = scaled(text, RATE_SUFFIXES);
  if (bits === undefined) return undefined;
  return bits / 8 < 2 ** 64 ? Math.floor(bits / 8) : 0;
}

/**
 * Reads a size.
 *
 * @param text A number with a suffix such as `kb` or `mbit`; bytes without one.
 * @returns Whole bytes below 2^32, or undefined for any other text.
 */
export function parseSize(text: string): number | undefined {
  const bytes = scaled(text, SIZE_SUFFIXES);
  return bytes === undefined || bytes < 0 || bytes >= 2 ** 32 ? undefined : Math.floor(bytes);
}

/**
 * Reads a time.
 *
 * @param text A number with a suffix such as `ms`; microseconds without one.
 * @returns Whole microseconds, of which the tool keeps 32 bits; undefined for any other text.
 */
export function parseTimeUs(text: string): number | undefined {
  const time = scaled(text, TIME_SUFFIXES);
  return time === undefined || !Number.isFinite(time) ? undefined : wrap32(time);
}

/** Ticks of the kernel's packet clock in a microsecond: one is 64 ns. */
const TICKS_PER_US = 15.625;

/** What is left of a number in 32 bits, as C on a 64-bit machine has it. */
function wrap32(value: number): number {
  return Number(BigInt.asUintN(32, BigInt(Math.trunc(value))));
}

/**
 * The time that bytes take at a rate, with the tool's own roundings.
 *
 * @param bytesPerSecond The rate.
 * @param bytes How many.
 * @returns Ticks of 64 ns.
 */
export function ticksOf(bytesPerSecond: number, bytes: number): number {
  return wrap32(wrap32(1e6 * (bytes / bytesPerSecond)) * TICKS_PER_US);
}

/** @param ticks Ticks of 64 ns. @returns Whole microseconds. */
export function ticksToUs(ticks: number): number {
  return Math.trunc(ticks / TICKS_PER_US);
}

/**
 * The bytes that pass at a rate in a time, with the tool's own roundings.
 *
 * @param bytesPerSecond The rate.
 * @param ticks The time, in ticks of 64 ns.
 */
export function bytesOf(bytesPerSecond: number, ticks: number): number {
  return wrap32(bytesPerSecond * ticksToUs(ticks) / 1e6);
}

const RATE_PREFIXES = ["", "K", "M", "G", "T"];

/** @param bytesPerSecond A rate. @returns It in bits, with as large a unit as keeps it exact. */
export function formatRate(bytesPerSecond: number): string {
  let bits = bytesPerSecond * 8;
  let unit = 0;
  while (unit < RATE_PREFIXES.length - 1) {
    if (bits < 1000 || (bits % 1000 !== 0 && bits < 1e6)) break;
    bits = Math.floor(bits / 1000);
    unit += 1;
  }
  return `${bits}${RATE_PREFIXES[unit]}bit`;
}

/** @param bytes A size. @returns It with a unit, rounded where it is nearly whole. */
export function formatSize(bytes: number): string {
  const [kilo, mega] = [1024, 1024 ** 2];
  if (bytes >= mega && Math.abs(mega * Math.round(bytes / mega) - bytes) < kilo) {
    return `${threeDigits(Math.round(bytes / mega), 6)}Mb`;
  }
  if (bytes >= kilo && Math.abs(kilo * Math.round(bytes / kilo) - bytes) < 16) {
    return `${threeDigits(Math.round(bytes / kilo), 6)}Kb`;
  }
  return `${bytes}b`;
}

/** @param time Microseconds, of which the tool keeps 32 bits. @returns Them, in three digits. */
export function formatTime(time: number): string {
  const us = wrap32(time);
  if (us >= 1e6) return `${threeDigits(us / 1e6)}s`;
  if (us >= 1e3) return `${threeDigits(us / 1e3)}ms`;
  return `${Math.trunc(us)}us`;
}

/** What C's `%.3g` makes of a number from 1 on. */
function threeDigits(value: number, digits = 3): string {
  const rounded = Number(value.toPrecision(digits));
  if (rounded < 10 ** digits) return String(rounded);
  const [head = "", exponent = ""] = rounded.toExponential().split("e+");
  return `${head}e+${exponent.padStart(2, "0")}`;
}
