import { type Filter, filterIdentity } from "../routing/filter.ts";
import { type ListedFilter, listedIdentity } from "../routing/filter_listing.ts";

/** What keeps a listing from being what it should be. */
export interface Difference<Wanted> {
  /** What should be there and is not. */
  readonly missing: readonly Wanted[];
  /** What is there and should not be: obsolete filters, and all but the first of equal ones. */
  readonly surplus: readonly ListedFilter[];
}

/**
 * Compares the filters that should exist with those that do.
 *
 * @param wanted The filters that should exist, or things that carry one.
 * @param listed Those listed that may be removed; what belongs to others must not be among them.
 * @param filterOf Gives the filter of a wanted thing.
 */
export function compareFilters<Wanted>(
  wanted: readonly Wanted[],
  listed: readonly ListedFilter[],
  filterOf: (wanted: Wanted) => Filter,
): Difference<Wanted> {
  const there = new Map<string, ListedFilter[]>();
  const surplus: ListedFilter[] = [];
  for (const filter of listed) {
    const identity = listedIdentity(filter);
    if (identity === undefined) surplus.push(filter);
    else {
      const key = placed(filter, identity);
      const equal = there.get(key);
      if (equal === undefined) there.set(key, [filter]);
      else equal.push(filter);
    }
  }
  const missing = wanted.filter((each) => {
    const filter = filterOf(each);
    const key = placed(filter, filterIdentity(filter));
    return there.get(key)?.shift() === undefined;
  });
  for (const rest of there.values()) surplus.push(...rest);
  return { missing, surplus };
}

function placed(filter: { readonly link: string; readonly parent: string }, identity: string) {
  return `${filter.link} ${filter.parent} ${identity}`;
}
