import type { IntervalSet } from "../../ports/mod.ts";
import type { HtbClass } from "../../routing/htb_listing.ts";
import { setLink } from "../../routing/link.ts";
import { addIngress, hasIngress } from "../../routing/qdisc.ts";
import { step } from "../change.ts";
import { type Container, vethName } from "../container.ts";
import { handlePath, symlinkPath } from "../container_handle.ts";
import type { HostConfig } from "../host_config.ts";
import type { HostState } from "../host_state.ts";
import type { NewContainer } from "../isolate_plan.ts";
import { layoutOf, layoutOfListing } from "../layout.ts";
import { aliasOf, parseAlias, pidOfCookie } from "../mark.ts";
import { NodeNumbers } from "../node_numbers.ts";
import { listedFor } from "../recovered.ts";
import { type FilterFindings, filterFindings } from "./filter_findings.ts";
import { type Finding, finding } from "./finding.ts";
import type { Inside } from "./inside.ts";
import { insideFindings, wrongLink } from "./inside_findings.ts";
import { limitFindings } from "./limit_findings.ts";

/** What there is of a container. */
export interface ContainerSides {
  /** What the kernel holds of all containers. */
  readonly state: HostState;
  /** The class that limits what it receives. */
  readonly ingressClass: HtbClass | undefined;
  /** What its own namespace holds. */
  readonly inside: Inside;
}

/**
 * Finds what is not as it should be about a container that runs, in the order in which mending it
 * lets no packet of a running flow go astray: what is missing from the inside out, and then what is
 * too much from the outside in.
 *
 * @param host The host.
 * @param container The container, with the limits that it was given.
 * @param sides What there is of it.
 * @param nodes Numbers for new filters of the host.
 */
export function containerFindings(
  host: HostConfig,
  container: NewContainer,
  sides: ContainerSides,
  nodes: NodeNumbers,
): Finding[] {
  const { state, inside, ingressClass } = sides;
  const { id, pid, egress, ingress } = container;
  const veth = vethName(host.options.vethPrefix, pid);
  const link = state.links.find(({ name }) => name === veth);
  const isDown = link !== undefined && !link.up;
  const wrong = link === undefined ? undefined : wrongLink(host, { ...link, up: true });
  const within = insideFindings(host, container, inside);
  const [innerFilters, outerFilters] = isOfOtherLayout(host, state, veth)
    ? [otherLayout(host, id), NONE]
    : bothSides(host, container, sides, nodes);
  const leaf = host.options.leafQdisc;
  return [
    ...markFindings(container, state, link?.alias, veth),
    ...(wrong === undefined ? [] : [
      finding("link", veth, `${veth} of ${id} ${wrong}`, [
        step(setLink(veth, { mac: host.mac, mtu: host.mtu })),
      ], id),
    ]),
    ...(hasIngress(state.qdiscs, veth) ? [] : [
      finding("qdisc", `${veth} ingress`, `${veth} of ${id} has no ingress qdisc`, [
        step(addIngress(veth)),
      ], id),
    ]),
    ...within,
    ...innerFilters.missing,
    ...outerFilters.missing,
    ...(isDown
      ? [finding("link", veth, `${veth} of ${id} is down`, [step(setLink(veth, { up: true }))], id)]
      : []),
    ...outerFilters.surplus,
    ...innerFilters.surplus,
    ...limitFindings({
      container: id,
      link: host.eth0,
      namespace: String(pid),
      limit: egress,
      there: inside.limitClass,
      qdiscs: inside.qdiscs,
      leaf,
    }),
    ...limitFindings({
      container: id,
      link: veth,
      limit: ingress,
      there: ingressClass,
      qdiscs: state.qdiscs,
      leaf,
    }),
  ];
}

const NONE: FilterFindings = { missing: [], surplus: [] };

/** The symbolic link that leads to the container, and the alias that names it. */
function markFindings(
  container: NewContainer,
  state: HostState,
  alias: string | undefined,
  veth: string,
): Finding[] {
  const { id, pid } = container;
  const path = symlinkPath(id);
  const target = handlePath(pid);
  const hasSymlink = state.symlinks.some((each) => each.id === id && each.pid === pid);
  const isTaken = !hasSymlink && state.symlinks.some((each) => each.id === id || each.pid === pid);
  return [
    ...(hasSymlink || isTaken ? [] : [
      finding("symlink", path, `${id} has lost its symbolic link ${path}`, [
        { kind: "symlink", path, target },
      ], id),
    ]),
    ...(parseAlias(alias) !== undefined ? [] : [
      finding("alias", veth, `${veth} of ${id} has lost its alias, which marks it as ours`, [
        step(setLink(veth, { alias: aliasOf(container) })),
      ], id),
    ]),
  ];
}

/** A container that is whole in another layout is recovery's to move, all at once. */
function isOfOtherLayout(host: HostConfig, state: HostState, veth: string): boolean {
  const onVeth = state.filters.filter(({ link }) => link === veth);
  const isMarked = onVeth.some(({ actions }) =>
    actions.some(({ cookie }) => pidOfCookie(cookie) !== undefined)
  );
  return isMarked && layoutOfListing(onVeth) !== layoutOf(host);
}

function otherLayout(host: HostConfig, id: string): FilterFindings {
  const says = `The filters of ${id} are not in the ${host.options.filterLayout} layout; ` +
    'run "berth recover", or give the --filter_layout that they are in';
  return { missing: [finding("layout", `filters of ${id}`, says, [], id)], surplus: [] };
}

function bothSides(
  host: HostConfig,
  container: NewContainer,
  { state, inside }: ContainerSides,
  nodes: NodeNumbers,
): [FilterFindings, FilterFindings] {
  const layout = layoutOf(host);
  const withPorts = (ports: IntervalSet): Container => {
    const { ephemeralPorts: _ephemeralPorts, ...rest } = container;
    return { ...rest, ports };
  };
  const hostFilters = (of: Container) => layout.hostFilters(host, of).map(({ filter }) => filter);
  const numbers = new NodeNumbers();
  numbers.note(inside.filters);
  const isWhole = inside.links.some(({ name }) => name === host.eth0);
  return [
    isWhole
      ? filterFindings({
        container: container.id,
        namespace: String(container.pid),
        wanted: layout.containerFilters(host, container),
        listed: inside.filters,
        all: inside.filters,
        made: (ports) => layout.containerFilters(host, withPorts(ports)),
        nodes: numbers,
      })
      : NONE,
    filterFindings({
      container: container.id,
      wanted: hostFilters(container),
      listed: listedFor(host, state, container),
      all: state.filters,
      made: (ports) => hostFilters(withPorts(ports)),
      nodes,
    }),
  ];
}
