import type { Filter, FilterPlace } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { type FilterHandle, isRootTable, NODE_MAX, rootHandle } from "../routing/handle.ts";
import { IsolatorError } from "./isolator_error.ts";

/** Numbers taken in one table, and where to look for the next free one. */
interface Table {
  readonly used: Set<number>;
  lowestFree: number;
}

/**
 * Which node numbers are taken in the root table of each priority.
 *
 * Berth numbers its filters itself: once a table is full, the kernel gives its last number to every
 * further filter. Filters of other tables bring a handle of their own, which their place gives
 * them.
 */
export class NodeNumbers {
  readonly #tables = new Map<string, Table>();

  /**
   * Notes the filters of a listing.
   *
   * @param listed All filters of the places in question.
   */
  note(listed: readonly ListedFilter[]): void {
    for (const filter of listed) {
      const { handle } = filter;
      if (handle !== undefined && isRootTable(handle)) this.#table(filter).used.add(handle.node);
    }
  }

  /**
   * Gives a filter the handle that it asks for, or else the lowest free number of its root table.
   *
   * @param filter The filter.
   * @throws {IsolatorError} With code `table-full` if all 4,095 are taken.
   */
  take(filter: FilterPlace & Pick<Filter, "handle">): FilterHandle {
    const { handle } = filter;
    if (handle === undefined) return rootHandle(this.#lowestFree(filter));
    if (isRootTable(handle)) this.#table(filter).used.add(handle.node);
    return handle;
  }

  #lowestFree(place: FilterPlace): number {
    const table = this.#table(place);
    let node = table.lowestFree;
    while (table.used.has(node)) node++;
    if (node > NODE_MAX) {
      throw new IsolatorError(
        "table-full",
        `${place.link} holds ${NODE_MAX} filters of priority ${place.priority}, which is all it ` +
          "can; give containers fewer and better aligned ports",
      );
    }
    table.used.add(node);
    table.lowestFree = node + 1;
    return node;
  }

  /**
   * Gives a number back.
   *
   * @param filter Where the filter was, and its handle.
   */
  release(filter: Omit<FilterPlace, "protocol"> & Pick<Filter, "handle">): void {
    const { handle } = filter;
    if (handle === undefined || !isRootTable(handle)) return;
    const { node } = handle;
    const table = this.#table(filter);
    table.used.delete(node);
    table.lowestFree = Math.min(table.lowestFree, node);
  }

  /**
   * Forgets all tables of a link that is gone, or about to be made anew.
   *
   * @param link Name of the link.
   */
  forget(link: string): void {
    for (const key of [...this.#tables.keys()]) {
      if (key.startsWith(`${link} `)) this.#tables.delete(key);
    }
  }

  #table(place: Omit<FilterPlace, "protocol">): Table {
    const key = `${place.link} ${place.parent} ${place.priority}`;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table: Table = { used: new Set(), lowestFree: 1 };
    this.#tables.set(key, table);
    return table;
  }
}
