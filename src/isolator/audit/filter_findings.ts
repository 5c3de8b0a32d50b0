import { IntervalSet } from "../../ports/mod.ts";
import { addFilter, type Filter, filterIdentity } from "../../routing/filter.ts";
import { type ListedFilter, listedIdentity } from "../../routing/filter_listing.ts";
import { type Change, inNamespace, step } from "../change.ts";
import { deletions } from "../cleanup_plan.ts";
import { compareFilters } from "../compare.ts";
import { portsOf } from "../listed_ports.ts";
import { pidOfCookie } from "../mark.ts";
import { placeName } from "../named_plan.ts";
import type { NodeNumbers } from "../node_numbers.ts";
import { isTable } from "../scaffold_plan.ts";
import { filterName } from "./filter_name.ts";
import { type Finding, finding } from "./finding.ts";

/** The filters of a container on one side of its veth pair. */
export interface FilterSide {
  /** The container's id. */
  readonly container: string;
  /** Name of the container's namespace, for the side that is inside it. */
  readonly namespace?: string;
  /** The filters that should be there. */
  readonly wanted: readonly Filter[];
  /** Those listed that are there for the container. */
  readonly listed: readonly ListedFilter[];
  /** All that are listed, whosesoever they are. */
  readonly all: readonly ListedFilter[];
  /** What the layout makes for a set of ports: one like these is ours, marked or not. */
  readonly made: (ports: IntervalSet) => readonly Filter[];
  /** Numbers for new filters. */
  readonly nodes: NodeNumbers;
}

/** What is wrong with filters, in the two halves between which no packet goes astray. */
export interface FilterFindings {
  /** Filters that are missing, or are not what should be in their place. */
  readonly missing: readonly Finding[];
  /** Filters of ours that should not be there. */
  readonly surplus: readonly Finding[];
}

/**
 * Compares the filters of one side of a container with those that should be there. What is neither
 * marked as ours nor like what we make is somebody else's, and left alone.
 *
 * @param side The filters.
 */
export function filterFindings(side: FilterSide): FilterFindings {
  const { wanted, listed } = side;
  const { missing, surplus } = compareFilters(wanted, listed, (filter) => filter);
  const ours = surplus.filter((filter) => !isTable(filter) && isOurs(side, filter));
  const places = new Map(side.all.map((filter) => [placeName(filter), filter]));
  const replaced = new Set<ListedFilter>();
  return {
    missing: missing.map((filter) => {
      const there = filter.handle === undefined ? undefined : places.get(placeName(filter));
      if (there !== undefined && ours.includes(there)) replaced.add(there);
      return missingFinding(side, filter, there, there !== undefined && replaced.has(there));
    }),
    surplus: ours.filter((filter) => !replaced.has(filter))
      .map((filter) => surplusFinding(side, filter)),
  };
}

function missingFinding(
  side: FilterSide,
  filter: Filter,
  there: ListedFilter | undefined,
  isReplaced: boolean,
): Finding {
  const { container, namespace, nodes } = side;
  const name = filterName(filter, namespace);
  if (there === undefined) {
    const add = changes(side, [addFilter(filter, nodes.take(filter))]);
    return finding("filter-missing", name, `${container} lacks the ${name}`, add, container);
  }
  const what = filterName(there, namespace);
  if (!isReplaced) {
    const says = `Somebody else's ${what} is where the ${name} of ${container} goes; remove it`;
    return finding("filter-taken", name, says, [], container);
  }
  const swap = changes(side, [...deletions([there]), addFilter(filter, nodes.take(filter))]);
  const says = `The ${name} of ${container} has been changed: it is the ${what}`;
  return finding("filter-changed", name, says, swap, container);
}

function surplusFinding(side: FilterSide, filter: ListedFilter): Finding {
  const { container, namespace, wanted } = side;
  const name = filterName(filter, namespace);
  const remove = changes(side, deletions([filter]));
  const isDouble = wanted.some((each) => isLike(unnumbered(each), unnumbered(filter)));
  return isDouble
    ? finding(
      "filter-double",
      name,
      `${container} has the ${name} more than once`,
      remove,
      container,
    )
    : finding(
      "filter-obsolete",
      name,
      `The ${name} is of ${container}, which should not have it`,
      remove,
      container,
    );
}

function changes({ namespace }: FilterSide, commands: Parameters<typeof inNamespace>[1]): Change[] {
  return (namespace === undefined ? commands : inNamespace(namespace, commands))
    .map((command) => step(command));
}

/** A filter that bears our mark, or is to the letter what we make for the ports it asks for. */
function isOurs({ made }: FilterSide, filter: ListedFilter): boolean {
  if (filter.actions.some(({ cookie }) => pidOfCookie(cookie) !== undefined)) return true;
  const ports = IntervalSet.from([...portsOf(filter, "sport"), ...portsOf(filter, "dport")]);
  return made(ports).some((each) => isLike(each, filter));
}

/** A filter of the same table and bucket, whatever its number there. */
function unnumbered<Numbered extends Filter | ListedFilter>(filter: Numbered): Numbered {
  return filter.handle === undefined
    ? filter
    : { ...filter, handle: { ...filter.handle, node: 0 } };
}

function isLike(wanted: Filter, listed: ListedFilter): boolean {
  return wanted.link === listed.link && wanted.parent === listed.parent &&
    filterIdentity(wanted) === listedIdentity(listed);
}
