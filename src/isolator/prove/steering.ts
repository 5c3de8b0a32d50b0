import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import type { IntervalSet } from "../../ports/mod.ts";
import { listFilters } from "../../routing/filter_read.ts";
import type { ListedFilter } from "../../routing/filter_listing.ts";
import { INGRESS } from "../../routing/handle.ts";
import { mapBounded } from "../bounded.ts";
import { allPorts, type Container, vethName } from "../container.ts";
import type { HostConfig } from "../host_config.ts";
import { readHostState } from "../host_state.ts";
import { recoverContainers } from "../recovered.ts";

/** What all packets of a host have to do with. */
export interface SteeredHost {
  /** Name of its public link, and of every container's. */
  readonly eth0: string;
  /** Name of its loopback link. */
  readonly lo: string;
  /** The MAC address that all share. */
  readonly mac: string;
  /** The IPv4 address that all share. */
  readonly address: string;
  /** Its default gateway. */
  readonly gateway: string;
}

/** A container and what is its own. */
export interface Owner {
  /** Its id, or its process where nothing names it. */
  readonly name: string;
  /** The host's end of its veth pair. */
  readonly veth: string;
  /** All its ports. */
  readonly ports: IntervalSet;
}

/**
 * Where packets meet filters as they arrive:
 *
 * - `eth0`, `lo`: the host's links;
 * - `veth`: the host's end of a container's pair, where what it sends arrives;
 * - `inner-eth0`, `inner-lo`: the container's own links.
 */
export type PlaceKind = "eth0" | "lo" | "veth" | "inner-eth0" | "inner-lo";

/** A link at which packets meet filters. */
export interface Place {
  /** What it is. */
  readonly kind: PlaceKind;
  /** Its name in its namespace. */
  readonly link: string;
  /** Whose it is; undefined for the host's own links. */
  readonly owner?: Owner;
  /** Its filters for arriving packets, as listed. */
  readonly filters: readonly ListedFilter[];
}

/** All filters that decide where packets of a host get to, as the kernel lists them. */
export interface Steering {
  /** The host. */
  readonly host: SteeredHost;
  /** Its containers. */
  readonly owners: readonly Owner[];
  /** The links: the host's own, then each container's. */
  readonly places: readonly Place[];
}

/** How many containers are looked into at a time. */
const AT_ONCE = 4;

/** The loopback link of every namespace that Berth makes. */
const INNER_LO = "lo";

/**
 * Reads all filters of a host and its containers.
 *
 * @param kernel Where to look.
 * @param host The host.
 * @param containers Its containers, with the ports that are each one's own; when left out, those
 *   that the kernel holds, with the ports that each may send from.
 * @throws {KernelError} If the kernel refuses.
 */
export async function readSteering(
  kernel: KernelNetwork,
  host: HostConfig,
  containers?: readonly Container[],
): Promise<Steering> {
  const { eth0, lo, mac, address, gateway, options } = host;
  const state = await readHostState(kernel, host);
  const { filters, handles } = state;
  const on = Map.groupBy(
    filters.filter(({ parent }) => parent === INGRESS),
    ({ link }) => link,
  );
  const place = (kind: PlaceKind, link: string, owner?: Owner): Place => ({
    ...{ kind, link },
    ...(owner === undefined ? {} : { owner }),
    filters: on.get(link) ?? [],
  });
  const owned = await mapBounded(
    containers ?? recoverContainers(host, state),
    AT_ONCE,
    async (container) => {
      const { id, pid } = container;
      const veth = vethName(options.vethPrefix, pid);
      const owner = { name: id ?? `process ${pid}`, veth, ports: allPorts(container) };
      const veths = [place("veth", veth, owner)];
      // A container that is half made, or half gone, may have no namespace.
      if (!handles.includes(String(pid))) return { owner, places: veths };
      const homes = [eth0, INNER_LO].map((link) => ({ link, parent: INGRESS }));
      const [onEth0 = [], onLo = []] = await listFilters(kernel, homes, String(pid));
      const places: Place[] = [
        ...veths,
        { kind: "inner-eth0", link: eth0, owner, filters: onEth0 },
        { kind: "inner-lo", link: INNER_LO, owner, filters: onLo },
      ];
      return { owner, places };
    },
  );
  return {
    host: { eth0, lo, mac, address, gateway },
    owners: owned.map(({ owner }) => owner),
    places: [place("eth0", eth0), place("lo", lo), ...owned.flatMap(({ places }) => places)],
  };
}
