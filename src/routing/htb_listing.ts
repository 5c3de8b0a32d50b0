import { asObjects, type JsonObject, ListingError, numberOf, parseJson, textOf } from "./json.ts";

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
 * Reads HTB classes, as `tc class show dev LINK` prints them. With `-j` the tools before iproute2
 * 6.2 print the same text as without, and later ones print JSON, which is exact.
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
  if (text.trimStart().startsWith("[")) return asObjects(parseJson(text)).flatMap(jsonClass);
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

function jsonClass(object: JsonObject): HtbClass[] {
  if (object["class"] !== "htb") return [];
  return [{
    handle: textOf(object, "handle"),
    rateBytesPerSecond: numberOf(object, "rate"),
    ceilBytesPerSecond: numberOf(object, "ceil"),
    burstBytes: numberOf(object, "burst"),
  }];
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
