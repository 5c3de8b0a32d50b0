import { INET6_CONF, INET_CONF, SYSCTLS } from "../model/sysctl_table.ts";
import { compareTexts } from "./namespace_names.ts";
import { dumpLine } from "./dump_line.ts";
import type { Pair } from "./link_lines.ts";

/** Settings that change others when they are written, in the order in which they must be. */
const FIRST = ["net.ipv4.ip_forward", "net.ipv4.conf.all", "net.ipv6.conf.all"];

/**
 * Writes the settings of a namespace that are not per link.
 *
 * @param pair The namespace.
 */
export function* sysctlLines(pair: Pair): Generator<string> {
  const names = [...SYSCTLS.keys(), ...confNames("all"), ...confNames("default")];
  const rank = (name: string) => {
    const place = FIRST.findIndex((prefix) => name.startsWith(prefix));
    return place === -1 ? FIRST.length : place;
  };
  names.sort((a, b) => rank(a) - rank(b) || compareTexts(a, b));
  yield* differing(pair, names);
}

/**
 * Writes the settings of a namespace's links.
 *
 * @param pair The namespace; its links are made.
 */
export function* linkSysctlLines(pair: Pair): Generator<string> {
  yield* differing(pair, pair.real.links.flatMap(({ name }) => confNames(name)));
}

function confNames(place: string): string[] {
  return [
    ...[...INET_CONF.keys()].map((key) => `net.ipv4.conf.${place}.${key}`),
    ...[...INET6_CONF.keys()].map((key) => `net.ipv6.conf.${place}.${key}`),
  ];
}

function* differing({ real, made }: Pair, names: readonly string[]): Generator<string> {
  for (const name of names) {
    if (!real.sysctls.has(name)) continue;
    const value = real.sysctls.get(name);
    if (value === undefined || value === made.sysctls.get(name)) continue;
    yield dumpLine("sysctl", "-qw", `${written(name)}=${value.replaceAll("\t", " ")}`);
  }
}

/** A link's name may have dots of its own; then slashes stand between the parts. */
function written(name: string): string {
  const [, head, link = "", key] = /^(net\.ipv[46]\.conf)\.(.+)\.([a-z0-9_]+)$/.exec(name) ?? [];
  if (head === undefined || !link.includes(".")) return name;
  return `${head.replaceAll(".", "/")}/${link}/${key}`;
}
