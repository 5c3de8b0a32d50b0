import { type IntervalSet, portCover, type PortRange } from "../ports/mod.ts";
import { LOOPBACK } from "../routing/address.ts";
import type { Action, Filter } from "../routing/filter.ts";
import { formatHandle, INGRESS } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import {
  type Match,
  MATCH_ANY,
  MATCH_FIRST_FRAGMENT,
  MATCH_NO_OPTIONS,
  matchAddress,
  matchMac,
  matchPort,
  matchProtocol,
} from "../routing/u32.ts";
import { allPorts, type Container, vethName } from "./container.ts";
import { ARP_ICMP_FLOW, HOST_FLOW } from "./flow.ts";
import type { FlowQueue, HostConfig } from "./host_config.ts";
import type { FilterPart, HostFilter } from "./host_filter.ts";
import { cookieOf } from "./mark.ts";

/**
 * The reference's layout of filters: one rule a port range and transport, tried one after another.
 *
 * Beyond the reference, ports are read only where they are: in TCP and UDP, in headers without
 * options, and not in later fragments, whose payload could pose as a port. ARP and ICMP reach the
 * containers through one filter each instead of one action each, since a filter takes 32 actions
 * at most.
 *
 * @module
 */

/** Name of a container's own loopback link. */
const CONTAINER_LO = "lo";

/**
 * Gives nothing: in this layout nothing is shared.
 *
 * @param _host The host.
 * @param _ports All ports that a container may have.
 */
export function scaffold(_host: HostConfig, _ports: IntervalSet): Filter[] {
  return [];
}

/**
 * Computes all filters that the host should hold for a container, in the crash-safe order: those on
 * its own veth first, so that whatever else there is can be traced back to a veth.
 *
 * @param host The host.
 * @param container The container.
 */
export function hostFilters(host: HostConfig, container: Container): HostFilter[] {
  const veth = vethName(host.options.vethPrefix, container.pid);
  const cookie = cookieOf(container.pid);
  const to = (kind: "redirect" | "mirror", link: string): Action => ({ kind, to: link, cookie });
  const ranges = portCover(allPorts(container));
  const own = matchAddress("dst", host.address);
  const fromVeth = (secondary: "normal" | "low", extra: readonly Match[], link: string) =>
    onPorts(ranges, "sport", extra, {
      ...ingress(veth, "ip", priority("ip", secondary)),
      action: to("redirect", link),
    });
  const toVeth = (link: string, extra: readonly Match[]) =>
    onPorts(ranges, "dport", extra, {
      ...ingress(link, "ip", priority("ip", "normal")),
      action: to("redirect", veth),
    });
  const icmp = { protocol: "ip", priority: priority("icmp", "normal"), parent: INGRESS } as const;
  const arp = { protocol: "arp", priority: priority("arp", "normal"), parent: INGRESS } as const;
  const isIcmp = matchProtocol("icmp");
  const parts: readonly (readonly [FilterPart, readonly Filter[]])[] = [
    // What is for the host comes first, or it would leave by eth0 until that is there, too.
    ["veth_ip", [
      ...fromVeth("normal", [own], host.lo),
      ...fromVeth("normal", [matchAddress("dst", LOOPBACK)], host.lo),
      ...fromVeth("low", [], host.eth0),
    ]],
    ["veth_icmp", [{ link: veth, ...icmp, matches: [isIcmp], action: to("redirect", host.eth0) }]],
    ["veth_arp", [{ link: veth, ...arp, matches: [MATCH_ANY], action: to("redirect", host.eth0) }]],
    ["eth0_egress", flowFilters(host, container.flow, ranges)],
    ["eth0_ip", toVeth(host.eth0, [matchMac("dst", host.mac), own])],
    ["lo_ip", toVeth(host.lo, [])],
    ["eth0_icmp", [{
      link: host.eth0,
      ...icmp,
      matches: [isIcmp, own],
      action: to("mirror", veth),
    }]],
    ["eth0_arp", [{ link: host.eth0, ...arp, matches: [MATCH_ANY], action: to("mirror", veth) }]],
  ];
  return parts.flatMap(([part, filters]) => filters.map((filter) => ({ part, filter })));
}

/**
 * Computes the filters inside a container's own namespace.
 *
 * What it sends to its own address leaves by eth0 like everything else, so that its ports are
 * checked; what is for its own ports stays.
 *
 * @param host The host, whose public link's name the container's end bears.
 * @param container The container.
 */
export function containerFilters(host: HostConfig, container: Container): Filter[] {
  const addresses = [host.address, LOOPBACK].map((address) => matchAddress("dst", address));
  const onLo = (order: number) => ingress(CONTAINER_LO, "ip", order);
  return [
    ...containerPortFilters(host.eth0, container.pid, allPorts(container)),
    ...addresses.map((address): Filter => ({
      ...onLo(priority("ip", "normal")),
      matches: [MATCH_NO_OPTIONS, address],
      action: { kind: "redirect", to: host.eth0, cookie: cookieOf(container.pid) },
    })),
    ...addresses.map((address): Filter => ({
      ...onLo(priority("icmp", "normal")),
      matches: [matchProtocol("icmp"), address],
      action: { kind: "stop" },
    })),
  ];
}

/**
 * Computes those filters inside a container's own namespace that depend on its ports.
 *
 * @param eth0 Name of the container's end of its veth pair.
 * @param pid The container's process.
 * @param ports All its ports.
 */
export function containerPortFilters(eth0: string, pid: number, ports: IntervalSet): Filter[] {
  const ranges = portCover(ports);
  return [
    ...onPorts(ranges, "dport", [], {
      ...ingress(CONTAINER_LO, "ip", priority("ip", "high")),
      action: { kind: "stop" },
    }),
    ...onPorts(ranges, "dport", [matchAddress("dst", LOOPBACK)], {
      ...ingress(eth0, "ip", priority("ip", "normal")),
      action: { kind: "redirect", to: CONTAINER_LO, cookie: cookieOf(pid) },
    }),
  ];
}

/**
 * Computes the filters of unique flows that belong to no container: ARP, ICMP, and all the rest.
 *
 * @param host The host.
 * @param queue The queue of unique flows.
 */
export function sharedFlowFilters(host: HostConfig, queue: FlowQueue): Filter[] {
  const place = { link: host.eth0, parent: formatHandle(queue.handle) };
  const flow = (minor: number): Action => ({
    kind: "classify",
    classId: formatHandle({ major: queue.handle.major, minor }),
  });
  return [
    {
      ...place,
      protocol: "ip",
      priority: priority("icmp", "normal"),
      matches: [matchProtocol("icmp")],
      action: flow(ARP_ICMP_FLOW),
    },
    {
      ...place,
      protocol: "arp",
      priority: priority("arp", "normal"),
      matches: [MATCH_ANY],
      action: flow(ARP_ICMP_FLOW),
    },
    {
      ...place,
      protocol: "all",
      priority: priority("default", "normal"),
      matches: [MATCH_ANY],
      action: flow(HOST_FLOW),
    },
  ];
}

function flowFilters(
  host: HostConfig,
  flow: number | undefined,
  ranges: readonly PortRange[],
): Filter[] {
  const queue = host.flowQueue;
  if (queue === undefined || flow === undefined) return [];
  return onPorts(ranges, "sport", [], {
    link: host.eth0,
    parent: formatHandle(queue.handle),
    protocol: "ip",
    priority: priority("ip", "low"),
    action: {
      kind: "classify",
      classId: formatHandle({ major: queue.handle.major, minor: flow }),
    },
  });
}

/** One filter for each range and each transport that has ports. */
function onPorts(
  ranges: readonly PortRange[],
  side: "sport" | "dport",
  extra: readonly Match[],
  rest: Omit<Filter, "matches">,
): Filter[] {
  return ranges.flatMap((range) =>
    (["tcp", "udp"] as const).map((transport): Filter => ({
      ...rest,
      matches: [
        MATCH_NO_OPTIONS,
        MATCH_FIRST_FRAGMENT,
        matchProtocol(transport),
        ...extra,
        matchPort(side, range),
      ],
    }))
  );
}

function ingress(link: string, protocol: "ip" | "arp", order: number) {
  return { link, parent: INGRESS, protocol, priority: order };
}
