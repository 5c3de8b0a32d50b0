import type { IntervalSet } from "../ports/mod.ts";
import { LOOPBACK } from "../routing/address.ts";
import type { Filter } from "../routing/filter.ts";
import { INGRESS } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import {
  MATCH_FIRST_FRAGMENT,
  MATCH_NO_OPTIONS,
  matchAddress,
  matchByte,
  matchProtocol,
} from "../routing/u32.ts";
import { allPorts, type Container } from "./container.ts";
import type { HostConfig } from "./host_config.ts";
import { cookieOf } from "./mark.ts";
import { atRoot, entrances, portFilters, type PortTable, portTableFilters } from "./port_table.ts";
import { ICMP_ERRORS_SENT, IP_HEADER_BYTES } from "./veth_filters.ts";

/**
 * The filters inside a container's own namespace: what it sends to its own address leaves by eth0
 * like everything else, so that its ports are checked; what is for its own ports stays, and so do
 * ICMP messages, but for errors: they may be about packets that came from another container, whose
 * address is the same.
 *
 * @module
 */

/** Name of a container's own loopback link. */
const CONTAINER_LO = "lo";

/**
 * Computes the filters inside a container's own namespace.
 *
 * @param host The host, whose public link's name the container's end bears.
 * @param container The container.
 */
export function containerFilters(host: HostConfig, container: Container): Filter[] {
  const { lo, eth0 } = tablesOf(host.eth0);
  const loopback = matchAddress("dst", LOOPBACK);
  const addresses = [matchAddress("dst", host.address), loopback];
  const cookie = cookieOf(container.pid);
  const onLo = (order: number) => ({ ...lo, priority: order });
  return [
    ...portTableFilters(lo, []),
    ...portTableFilters(eth0, []),
    ...containerPortFilters(host.eth0, container.pid, allPorts(container)),
    ...entrances(lo, [[]]),
    ...entrances(eth0, [[loopback]]),
    ...atRoot(
      onLo(priority("ip", "normal")),
      addresses.map((address) => [[address], { kind: "redirect", to: host.eth0, cookie }] as const),
    ),
    // What is too short to have a type is asked no more of this priority, but of the next one.
    ...atRoot(
      onLo(priority("icmp", "high")),
      ICMP_ERRORS_SENT.map((type) =>
        [
          [
            ...[MATCH_NO_OPTIONS, MATCH_FIRST_FRAGMENT, matchProtocol("icmp")],
            ...[matchAddress("dst", host.address), matchByte(type, IP_HEADER_BYTES)],
          ],
          { kind: "redirect", to: host.eth0, cookie },
        ] as const
      ),
    ),
    ...atRoot(
      onLo(priority("icmp", "normal")),
      addresses.map((address) => [[matchProtocol("icmp"), address], { kind: "stop" }] as const),
    ),
  ];
}

/**
 * Computes those filters inside a container's own namespace that depend on its ports.
 *
 * @param link Name of the container's end of its veth pair.
 * @param pid The container's process.
 * @param ports All its ports.
 */
export function containerPortFilters(link: string, pid: number, ports: IntervalSet): Filter[] {
  const { lo, eth0 } = tablesOf(link);
  const cookie = cookieOf(pid);
  return [
    ...portFilters(lo, ports, { kind: "stop" }),
    ...portFilters(eth0, ports, { kind: "redirect", to: CONTAINER_LO, cookie }),
  ];
}

function tablesOf(eth0: string): Readonly<Record<"lo" | "eth0", PortTable>> {
  const rest = {
    parent: INGRESS,
    protocol: "ip",
    family: 1,
    side: "dport",
    isShared: false,
  } as const;
  return {
    lo: { ...rest, link: CONTAINER_LO, priority: priority("ip", "high") },
    eth0: { ...rest, link: eth0, priority: priority("ip", "normal") },
  };
}
