import type { NetworkNamespace } from "../model/namespace.ts";
import { Snmp, type SnmpGroup } from "../model/snmp.ts";

/** Fields that are settings rather than counters, and ones that never change. */
function settings(namespace: NetworkNamespace): Readonly<Record<string, string>> {
  const forwards = namespace.sysctls.number("net.ipv4.conf.all.forwarding") > 0;
  return {
    "Ip.Forwarding": forwards ? "1" : "2",
    "Ip.DefaultTTL": namespace.sysctls.get("net.ipv4.ip_default_ttl") ?? "64",
    "Tcp.RtoAlgorithm": "1",
    "Tcp.RtoMin": "200",
    "Tcp.RtoMax": "120000",
    "Tcp.MaxConn": "-1",
  };
}

/**
 * Writes `/proc/net/snmp`: two lines a group, names and values.
 *
 * @param namespace Whose counters.
 */
export function formatSnmp(namespace: NetworkNamespace): string {
  const { snmp } = namespace;
  const fixed = settings(namespace);
  const lines: string[] = [];
  const add = (group: string, names: readonly string[], values: readonly string[]) => {
    lines.push([`${group}:`, ...names].join(" "), [`${group}:`, ...values].join(" "));
  };
  const addGroup = (group: SnmpGroup) => {
    const names = Snmp.fields(group);
    add(
      group,
      names,
      names.map((name) => fixed[`${group}.${name}`] ?? String(snmp.get(group, name))),
    );
  };
  for (const group of Snmp.groups) {
    addGroup(group);
    // Only types that were seen are listed, those that came before those that were sent.
    if (group !== "Icmp" || snmp.icmpTypes.size === 0) continue;
    const seen = [...snmp.icmpTypes].sort(([a], [b]) => rank(a) - rank(b));
    add("IcmpMsg", seen.map(([name]) => name), seen.map(([, count]) => String(count)));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Order of `InType8` and the like. */
function rank(name: string): number {
  return Number(name.replace(/\D/g, "")) + (name.startsWith("Out") ? 256 : 0);
}
