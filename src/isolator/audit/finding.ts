import type { Change } from "../change.ts";

/** What kind of thing is not as it should be. */
export type FindingKind =
  | "address"
  | "alias"
  | "filter-changed"
  | "filter-double"
  | "filter-missing"
  | "filter-obsolete"
  | "filter-taken"
  | "folder"
  | "foreign-qdisc"
  | "handle"
  | "layout"
  | "left-filters"
  | "left-handle"
  | "left-symlink"
  | "left-veth"
  | "limit"
  | "link"
  | "qdisc"
  | "route"
  | "setting"
  | "symlink";

/** One thing that is not as it should be. */
export interface Finding {
  /** What kind of thing it is. */
  readonly kind: FindingKind;
  /** The object: a link, a filter, a setting, a file; with its namespace where that matters. */
  readonly object: string;
  /** The container that it concerns; absent where it is the host's. */
  readonly container?: string;
  /** One plain sentence that names the object and says what is wrong with it. */
  readonly says: string;
  /** What mends it; nothing where only the operator can, and then the sentence says how. */
  readonly mend: readonly Change[];
  /** Whether it is left over from what is gone, so that nothing is lost with it. */
  readonly isLeft: boolean;
}

/**
 * Makes a finding about something that lives.
 *
 * @param kind What kind of thing it is.
 * @param object The object.
 * @param says What is wrong with it.
 * @param mend What mends it.
 * @param container The container that it concerns, where it is one's.
 */
export function finding(
  kind: FindingKind,
  object: string,
  says: string,
  mend: readonly Change[],
  container?: string,
): Finding {
  return {
    kind,
    object,
    ...(container === undefined ? {} : { container }),
    says,
    mend,
    isLeft: false,
  };
}
