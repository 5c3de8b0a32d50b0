import type { Command } from "../kernel/command.ts";
import type { Interval } from "../ports/mod.ts";
import { addAddress } from "../routing/address.ts";
import { addFilter } from "../routing/filter.ts";
import type { RateLimit } from "../routing/htb.ts";
import { setLink } from "../routing/link.ts";
import { addIngress } from "../routing/qdisc.ts";
import { addDefaultRoute } from "../routing/route.ts";
import { sysctlLink, type Sysctls } from "../routing/sysctl.ts";
import type { Container } from "./container.ts";
import { type Change, inNamespace, step } from "./change.ts";
import type { HostConfig } from "./host_config.ts";
import { limitPlan } from "./limit_plan.ts";
import { layoutOf } from "./layout.ts";
import { NodeNumbers } from "./node_numbers.ts";

/** The loopback link of every network namespace. */
export const LO = "lo";

/** What is done inside a container's namespace: two parts, neither of which waits for the other. */
export interface LaunchPlan {
  /** Settings, addresses and routes. */
  readonly stack: readonly Change[];
  /** Filters and limits. */
  readonly trafficControl: readonly Change[];
}

/**
 * Computes what is done inside a container's namespace before its program starts.
 *
 * Receive checksum offload stays as it is: a veth has not taken damaged checksums for good ones
 * since Linux 4.4, so there is nothing to switch off.
 *
 * @param host The host.
 * @param container The container, with its ephemeral ports.
 * @param ephemeralPorts Its ephemeral ports.
 * @param limit Its limit on what it sends; undefined for none.
 */
export function launchPlan(
  host: HostConfig,
  container: Container,
  ephemeralPorts: Interval,
  limit: RateLimit | undefined,
): LaunchPlan {
  const namespace = String(container.pid);
  const { address, prefixLength, gateway, eth0, mac, mtu } = host;
  const nodes = new NodeNumbers();
  const within = (commands: readonly Command[]) =>
    inNamespace(namespace, commands).map((command) => step(command));
  const stack = within([
    setLink(LO, { mac, mtu, up: true }),
    setLink(eth0, { up: true }),
    addAddress(eth0, { address, prefixLength }),
    addDefaultRoute({ gateway, link: eth0 }),
  ]);
  const trafficControl = within([
    addIngress(LO),
    addIngress(eth0),
    ...layoutOf(host).containerFilters(host, container)
      .map((filter) => addFilter(filter, nodes.take(filter))),
    ...limitPlan(eth0, limit, undefined, host.options.leafQdisc),
  ]);
  const settings: Change = {
    kind: "settings",
    namespace,
    required: containerSettings(host, ephemeralPorts),
    optional: new Map([
      // Duplicate address detection fails among links of one MAC address, so no IPv6.
      ["net.ipv6.conf.all.disable_ipv6", "1"],
      ["net.ipv6.conf.default.disable_ipv6", "1"],
      ...host.containerSettings,
    ]),
  };
  return { stack: [settings, ...stack], trafficControl };
}

/**
 * Gives the settings without which a container's packets would not find their way.
 *
 * @param host The host.
 * @param ephemeralPorts The container's ephemeral ports.
 */
export function containerSettings(host: HostConfig, ephemeralPorts: Interval): Sysctls {
  const conf = (link: string, key: string) => `net.ipv4.conf.${sysctlLink(link)}.${key}`;
  return new Map([
    ["net.ipv4.ip_local_port_range", `${ephemeralPorts.begin} ${ephemeralPorts.end}`],
    [conf(host.eth0, "accept_local"), "1"],
    [conf(LO, "accept_local"), "1"],
    [conf(LO, "route_localnet"), "1"],
  ]);
}
