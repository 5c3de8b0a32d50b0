import { counter64, ListingError } from "./json.ts";
import { wholeLines } from "./lines.ts";

/** Counters of one protocol by the kernel's own names; some, such as `MaxConn`, may be negative. */
export type SnmpCounters = ReadonlyMap<string, bigint>;

/**
 * Reads `/proc/net/snmp`: for each protocol a line of names and then a line of numbers.
 *
 * @param text Content of the file.
 * @returns The counters of each protocol, such as `Ip`, `Tcp` and `Udp`, exact to 64 bits. A
 *   protocol whose second line was cut off is left out.
 * @throws {ListingError} If a line of names is not followed by as many numbers of that protocol.
 */
export function parseSnmp(text: string): Map<string, SnmpCounters> {
  const lines = wholeLines(text);
  const protocols = new Map<string, SnmpCounters>();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [names, values] = [lines[i] ?? "", lines[i + 1] ?? ""];
    const [protocol = "", ...keys] = names.split(/\s+/);
    const [again, ...numbers] = values.trimEnd().split(/\s+/);
    const isPair = /^\w+:$/.test(protocol) && again === protocol && keys.length === numbers.length;
    if (!isPair) throw new ListingError("as many numbers as names", `${names}\n${values}`);
    protocols.set(
      protocol.slice(0, -1),
      new Map(keys.map((key, at) => [key, counter(numbers[at] ?? "")])),
    );
  }
  return protocols;
}

function counter(text: string): bigint {
  if (/^\d{1,20}$/.test(text)) return counter64(BigInt(text));
  if (/^-\d{1,20}$/.test(text)) return -counter64(BigInt(text.slice(1)));
  throw new ListingError("a number", text);
}
