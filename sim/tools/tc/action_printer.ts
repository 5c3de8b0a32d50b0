import type { Action, Control } from "../../model/action.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import { Listing } from "../listing.ts";
import { listCounters } from "./statistics.ts";

/** Controls as `tc` prints them. */
const CONTROL_NAMES: Readonly<Record<Control, string>> = {
  pipe: "pipe",
  ok: "pass",
  drop: "drop",
  continue: "continue",
  reclassify: "reclassify",
  stolen: "stolen",
  trap: "trap",
};

const NS_PER_SECOND = 1e9;
const NS_PER_JIFFY = 1e7;

/** How an action is listed. */
export interface ActionListing {
  /** Its number in its list. */
  readonly order: number;
  /** How often `-s` was given. */
  readonly statistics: number;
  /** The namespace whose link names are shown. */
  readonly namespace: NetworkNamespace;
  /** Whether it is listed by itself rather than with a filter. */
  readonly isAlone: boolean;
}

/**
 * Describes an action, as it stands under its filter.
 *
 * @param action The action.
 * @param options How.
 */
export function describeAction(action: Action, options: ActionListing): string {
  const { index, referenceCount, bindCount, cookie } = action;
  const indent = action.kind === "gact" ? "\t " : "\t";
  const times = options.statistics > 0 ? describeTimes(action, options.namespace) : "";
  return `\taction order ${options.order}: ${describeParameters(action, options)}` +
    `${indent}index ${index} ref ${referenceCount} bind ${bindCount}${times}\n` +
    (options.statistics > 0 ? describeStatistics(action) : "") +
    (cookie === undefined ? "" : `\tcookie ${cookie}\n`) +
    (options.isAlone ? "\tnot_in_hw\n" : "") +
    (action.isHardwareStateKnown ? "\tused_hw_stats disabled\n" : "");
}

function describeParameters(action: Action, { namespace }: ActionListing): string {
  const { parameters } = action;
  const control = CONTROL_NAMES[parameters.control];
  if (parameters.kind === "gact") {
    return `gact action ${control}\n\t random type none pass val 0\n`;
  }
  const direction = parameters.direction === "egress" ? "Egress" : "Ingress";
  const mode = parameters.mode === "redirect" ? "Redirect" : "Mirror";
  const { target } = parameters;
  const isHere = target?.namespace === namespace;
  return `mirred (${direction} ${mode} to device ${isHere ? target.name : "*"}) ${control}\n`;
}

function describeTimes(action: Action, namespace: NetworkNamespace): string {
  const now = namespace.machine.clock.nowNs;
  const since = (name: string, timeNs: number | undefined) => {
    const passed = timeNs === undefined ? 0 : now - timeNs;
    // The tool leaves out a time of less than a hundredth of a second.
    if (passed < NS_PER_JIFFY) return "";
    return ` ${name} ${Math.floor(passed / NS_PER_SECOND)} sec`;
  };
  return since("installed", action.installedAtNs) + since("used", action.lastUsedAtNs) +
    since("firstused", action.firstUsedAtNs);
}

function describeStatistics(action: Action): string {
  const listing = new Listing(false);
  listCounters(listing, action.counters, "\t");
  return `\tAction statistics:\n${listing.finish()}`;
}
