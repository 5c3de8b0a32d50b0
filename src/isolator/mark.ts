/**
 * The marks by which Berth knows what is its own, so that it never touches what others made.
 *
 * @module
 */

import { assert } from "@std/assert";
import { type Interval, PORT_MAX } from "../ports/mod.ts";
import type { RateLimit } from "../routing/htb.ts";

/** "berth" in ASCII: how the cookie of every action that Berth makes begins. */
const COOKIE_MAGIC = "6265727468";

/** Version of what follows the magic, so that a later layout can tell its own from this one's. */
const COOKIE_VERSION = "01";

/** First word of the alias of every veth that Berth makes. */
const ALIAS_MAGIC = "berth";

/** Longest alias that the kernel keeps, in bytes. */
const ALIAS_MAX_BYTES = 255;

/** What the alias of a veth says about its container. */
export interface AliasMark {
  /** The container's id. */
  readonly id: string;
  /** Its ephemeral ports. */
  readonly ephemeralPorts: Interval;
  /** The limit that it was given on what it sends, where it was given one. */
  readonly egress?: RateLimit;
  /** The limit that it was given on what it receives, where it was given one. */
  readonly ingress?: RateLimit;
}

/**
 * Makes the cookie of a container's actions: 10 of the 16 bytes that the kernel keeps.
 *
 * @param pid The container's process.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cookieOf(4711), "62657274680100001267");
 * assertEquals(pidOfCookie("62657274680100001267"), 4711);
 * ```
 */
export function cookieOf(pid: number): string {
  return COOKIE_MAGIC + COOKIE_VERSION + pid.toString(16).padStart(8, "0");
}

/**
 * Reads the container's process out of a cookie.
 *
 * @param cookie Hexadecimal digits, as listed.
 * @returns The process id, or undefined where the cookie is none of ours.
 */
export function pidOfCookie(cookie: string | undefined): number | undefined {
  const begin = COOKIE_MAGIC + COOKIE_VERSION;
  if (cookie === undefined || !cookie.startsWith(begin)) return undefined;
  const digits = cookie.slice(begin.length);
  return /^[0-9a-f]{8}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/**
 * Makes the alias of a container's veth. It notes the limits too, since nothing else tells whether
 * those in force are the ones that it was given.
 *
 * @param mark What it says.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const ephemeralPorts = { begin: 61440, end: 62463 };
 * const egress = { rateBytesPerSecond: 1_000_000, ceilBytesPerSecond: 2_000_000 };
 * assertEquals(aliasOf({ id: "web", ephemeralPorts }), "berth web 61440-62463");
 * assertEquals(
 *   aliasOf({ id: "web", ephemeralPorts, egress }),
 *   "berth web 61440-62463 tx=1000000/2000000",
 * );
 * ```
 */
export function aliasOf(mark: AliasMark): string {
  const { begin, end } = mark.ephemeralPorts;
  const limits = [["tx", mark.egress], ["rx", mark.ingress]] as const;
  const alias = [
    ...[ALIAS_MAGIC, mark.id, `${begin}-${end}`],
    ...limits.flatMap(([way, limit]) => limit === undefined ? [] : [`${way}=${limitText(limit)}`]),
  ].join(" ");
  assert(alias.length <= ALIAS_MAX_BYTES, "a checked id always fits an alias");

  return alias;
}

const ALIAS = new RegExp(
  String.raw`^berth (\S+) (\d{1,5})-(\d{1,5})` +
    String.raw`(?: tx=(\d{1,16}(?:/\d{1,16}){0,2}))?(?: rx=(\d{1,16}(?:/\d{1,16}){0,2}))?$`,
);

/**
 * Reads the alias of a link.
 *
 * @param alias The alias, if the link has one.
 * @returns What it says, or undefined where the link is none of ours.
 */
export function parseAlias(alias: string | undefined): AliasMark | undefined {
  const [, id, begin, end, tx, rx] = ALIAS.exec(alias ?? "") ?? [];
  const ephemeralPorts = { begin: Number(begin), end: Number(end) };
  const isRange = ephemeralPorts.begin <= ephemeralPorts.end && ephemeralPorts.end <= PORT_MAX;
  if (id === undefined || !isRange) return undefined;
  return {
    id,
    ephemeralPorts,
    ...(tx === undefined ? {} : { egress: parseLimit(tx) }),
    ...(rx === undefined ? {} : { ingress: parseLimit(rx) }),
  };
}

/** Writes a limit as its rate, and then, where there are any, its ceil and its burst. */
function limitText(limit: RateLimit): string {
  const { rateBytesPerSecond, ceilBytesPerSecond, burstBytes } = limit;
  return [rateBytesPerSecond, ceilBytesPerSecond, burstBytes]
    .flatMap((number) => number === undefined ? [] : [Math.max(1, Math.round(number))])
    .join("/");
}

function parseLimit(text: string): RateLimit {
  const [rate = 0, ceil, burst] = text.split("/").map(Number);
  return {
    rateBytesPerSecond: rate,
    ...(ceil === undefined ? {} : { ceilBytesPerSecond: ceil }),
    ...(burst === undefined ? {} : { burstBytes: burst }),
  };
}
