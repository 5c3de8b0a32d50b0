import type { FilterPlace } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { NODE_MAX } from "../routing/handle.ts";
import { IsolatorError } from "./isolator_error.ts";

/** Numbers taken in one table, and where to look for the next free one. */
interface Table {
  readonly used: Set<number>;
  lowestFree: number;
}

/**
 * Which node numbers are taken in the table of each priority.
 *
 * Berth numbers its filters itself: once a table is full, the kernel gives its last number to every
 * further filter.
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
      if (filter.handle !== undefined) this.#table(filter).used.add(filter.handle.node);
    }
  }

  /**
   * Takes the lowest free number.
   *
   * @param place Where the filter goes.
   * @throws {IsolatorError} With code `table-full` if all 4,095 are taken.
   */
  take(place: FilterPlace): number {
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
   * @param place Where the filter was.
   * @param node Its number.
   */
  release(place: Omit<FilterPlace, "protocol">, node: number): void {
    const table = this.#table(place);
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
