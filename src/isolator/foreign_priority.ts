import { parsePorts } from "../ports/mod.ts";
import type { Filter } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import type { HostConfig } from "./host_config.ts";
import { IsolatorError } from "./isolator_error.ts";
import { layoutOf } from "./layout.ts";
import { LEGACY_CLASSIFIER } from "./legacy_filters.ts";

/** Stands for any container: which priorities its filters have does not depend on it. */
const ANYBODY = {
  pid: 1,
  ports: parsePorts("1"),
  ephemeralPorts: { begin: 1024, end: 1039 },
  flow: 3,
};

/**
 * Refuses a host where somebody else's filters hold a priority of ours in a way that keeps ours
 * out: the kernel has one protocol and one classifier a priority. Filters that differ in nothing
 * but what they match do no harm, as ours are numbered around them.
 *
 * @param host The host.
 * @param listed All filters of the host's own links.
 * @throws {IsolatorError} With code `priority-taken`.
 */
export function refuseForeignPriorities(host: HostConfig, listed: readonly ListedFilter[]): void {
  const layout = layoutOf(host);
  const { ports } = host.options;
  const wanted = [
    ...layout.scaffold(host, ports),
    ...layout.hostFilters(host, ANYBODY).map(({ filter }) => filter),
  ];
  const ours = new Map(wanted.map((filter) => [placeOf(filter), filter]));
  for (const filter of listed) {
    const own = ours.get(placeOf(filter));
    if (own === undefined || isCompatible(own, filter)) continue;
    const { link, parent, priority, protocol, classifier } = filter;
    throw new IsolatorError(
      "priority-taken",
      `${link} has a ${classifier} filter of protocol ${protocol} at priority ${priority} that is ` +
        `not ours, and keeps ours out; remove it with "tc filter delete dev ${link} parent ` +
        `${parent} protocol ${protocol} prio ${priority}"`,
    );
  }
}

/** What the reference made is no stranger's: recovery removes it. */
function isCompatible(own: Filter, { protocol, classifier }: ListedFilter): boolean {
  return protocol === own.protocol && (classifier === "u32" || classifier === LEGACY_CLASSIFIER);
}

function placeOf(
  { link, parent, priority }: Pick<Filter, "link" | "parent" | "priority">,
): string {
  return `${link} ${parent} ${priority}`;
}
