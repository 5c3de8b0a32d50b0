import { isNotFound } from "../../kernel/kernel_error.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { type AddressedLink, listAddresses } from "../../routing/address.ts";
import { showFilters } from "../../routing/filter.ts";
import { type ListedFilter, parseFilters } from "../../routing/filter_listing.ts";
import { INGRESS } from "../../routing/handle.ts";
import { type HtbClass, parseHtbClasses } from "../../routing/htb_listing.ts";
import { listTogether } from "../../routing/marked_listings.ts";
import { hasIngress, listQdiscs, type Qdisc } from "../../routing/qdisc.ts";
import { type DefaultRoute, findDefaultRoute } from "../../routing/route.ts";
import { showClasses } from "../../routing/shaping.ts";
import { readSysctls, type Sysctls } from "../../routing/sysctl.ts";
import type { Container } from "../container.ts";
import type { HostConfig } from "../host_config.ts";
import { containerSettings, LO } from "../launch.ts";
import { limitClass } from "../limit_plan.ts";

/** What a container's own namespace holds. */
export interface Inside {
  /** Its links with their addresses. */
  readonly links: readonly AddressedLink[];
  /** Its preferred default route. */
  readonly route?: DefaultRoute;
  /** All its qdiscs. */
  readonly qdiscs: readonly Qdisc[];
  /** The filters of its two links' ways in. */
  readonly filters: readonly ListedFilter[];
  /** The class that limits what it sends. */
  readonly limitClass?: HtbClass;
  /** Those of its settings that it cannot do without. */
  readonly settings: Sysctls;
}

/**
 * Reads what a container's own namespace holds.
 *
 * @param kernel Where to look.
 * @param host The host.
 * @param container The container, with its ephemeral ports.
 * @returns What it holds, or undefined where the namespace is gone.
 * @throws {KernelError} If the kernel refuses for another reason.
 */
export async function readInside(
  kernel: KernelNetwork,
  host: HostConfig,
  container: Required<Pick<Container, "pid" | "ephemeralPorts">>,
): Promise<Inside | undefined> {
  const namespace = String(container.pid);
  try {
    const [links, route, qdiscs, settings] = await Promise.all([
      listAddresses(kernel, namespace),
      findDefaultRoute(kernel, namespace),
      listQdiscs(kernel, namespace),
      readSysctls(kernel, [...containerSettings(host, container.ephemeralPorts).keys()], namespace),
    ]);
    const limited = qdiscs.filter(({ link, kind }) => link === host.eth0 && kind === "htb");
    const homes = [LO, host.eth0].filter((link) => hasIngress(qdiscs, link))
      .map((link) => ({ link, parent: INGRESS }));
    const commands = [
      ...limited.slice(0, 1).map(({ link }) => showClasses(link)),
      ...homes.map(({ link, parent }) => showFilters(link, parent)),
    ];
    const texts = await listTogether(kernel, commands, namespace);
    const there = limited.length === 0
      ? undefined
      : limitClass(parseHtbClasses(texts.shift() ?? ""));
    return {
      links,
      ...(route === undefined ? {} : { route }),
      qdiscs,
      filters: homes.flatMap((home, i) => parseFilters(texts[i] ?? "", home)),
      ...(there === undefined ? {} : { limitClass: there }),
      settings,
    };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
