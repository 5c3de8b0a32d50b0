import { counter64, ListingError } from "./json.ts";
import { wholeLines } from "./lines.ts";

/** How many IPv4 sockets of a kind there are, as `/proc/net/sockstat` tells. */
export type SocketCounts = Readonly<Record<string, bigint>>;

/**
 * Reads `/proc/net/sockstat`: lines of a protocol and pairs of a name and a number.
 *
 * @param text Content of the file.
 * @returns The counts of each protocol, by the kernel's own names: `TCP` has `inuse`, `orphan`,
 *   `tw`, `alloc` and `mem`.
 * @throws {ListingError} If a line is something else.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSockstat("TCP: inuse 3 tw 1\n").get("TCP"), { inuse: 3n, tw: 1n });
 * ```
 */
export function parseSockstat(text: string): Map<string, SocketCounts> {
  return new Map(
    wholeLines(text).map((line) => {
      const [, protocol, rest = ""] = /^(\w+):((?: \w+ \d{1,20})+) *$/.exec(line) ?? [];
      if (protocol === undefined) throw new ListingError("counts of sockets", line);
      const pairs = [...rest.matchAll(/ (\w+) (\d+)/g)];
      return [
        protocol,
        Object.fromEntries(pairs.map(([, name, count = ""]) => [name, counter64(BigInt(count))])),
      ];
    }),
  );
}
