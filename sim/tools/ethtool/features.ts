/**
 * Features of a link as `ethtool` shows and switches them: most under the kernel's names, some
 * under older names that stand for several at once.
 *
 * @module
 */

import { FEATURE_NAMES, type Offloads } from "../../model/offloads.ts";
import type { Console } from "../console.ts";

/** An older name for one or more features. */
interface Flag {
  /** What listings call it. */
  readonly longName: string;
  /** What commands may call it too. */
  readonly shortName: string;
  readonly features: readonly string[];
}

function flag(longName: string, shortName: string, pattern: RegExp): Flag {
  return { longName, shortName, features: FEATURE_NAMES.filter((name) => pattern.test(name)) };
}

/** The flags, in the order of a listing. */
const FLAGS: readonly Flag[] = [
  flag("rx-checksumming", "rx", /^rx-checksum$/),
  flag("tx-checksumming", "tx", /^tx-checksum-/),
  flag("scatter-gather", "sg", /^tx-scatter-gather/),
  flag("tcp-segmentation-offload", "tso", /^tx-tcp.*-segmentation$/),
  flag("generic-segmentation-offload", "gso", /^tx-generic-segmentation$/),
  flag("generic-receive-offload", "gro", /^rx-gro$/),
  flag("large-receive-offload", "lro", /^rx-lro$/),
  flag("rx-vlan-offload", "rxvlan", /^rx-vlan-hw-parse$/),
  flag("tx-vlan-offload", "txvlan", /^tx-vlan-hw-insert$/),
  flag("ntuple-filters", "ntuple", /^rx-ntuple-filter$/),
  flag("receive-hashing", "rxhash", /^rx-hashing$/),
];

/**
 * Lists every feature.
 *
 * @param offloads A link's features.
 * @returns One line each, those of a flag that has several indented below it.
 */
export function listFeatures(offloads: Offloads): string {
  const { active } = offloads;
  const inFlags = new Set(FLAGS.flatMap(({ features }) => features));
  const lines = FLAGS.flatMap(({ longName, features }) => {
    const [only] = features;
    if (features.length === 1 && only !== undefined) return [`${longName}: ${stateOf(only)}`];
    const isOn = features.some((name) => active.has(name));
    return [
      `${longName}: ${isOn ? "on" : "off"}`,
      ...features.map((name) => `\t${name}: ${stateOf(name)}`),
    ];
  });
  const others = FEATURE_NAMES.filter((name) => !inFlags.has(name));
  return [...lines, ...others.map((name) => `${name}: ${stateOf(name)}`)]
    .map((line) => `${line}\n`).join("");

  function stateOf(name: string): string {
    const isOn = active.has(name);
    const shown = isOn ? "on" : "off";
    if (offloads.isFixed(name)) return `${shown} [fixed]`;
    return offloads.isWanted(name) === isOn ? shown : `${shown} [requested ${isOn ? "off" : "on"}]`;
  }
}

/**
 * Reads what is to be switched.
 *
 * @param words Names and `on` or `off`, in turns.
 * @param console Where wrong words are reported.
 * @returns What each feature is to be.
 */
export function readChanges(words: readonly string[], console: Console): Map<string, boolean> {
  const changes = new Map<string, boolean>();
  for (let at = 0; at < words.length; at += 2) {
    const [name = "", value] = words.slice(at);
    if (value !== "on" && value !== "off") {
      const shown = value ?? "(null)";
      return console.exit(
        `ethtool (-K): flag '${shown}' for parameter '(null)' is not followed by 'on' or 'off'\n`,
        1,
      );
    }
    const known = FLAGS.find((each) => each.longName === name || each.shortName === name);
    const features = known?.features ?? FEATURE_NAMES.filter((each) => each === name);
    if (features.length === 0) return console.notModelled(`feature "${name}"`);
    for (const feature of features) changes.set(feature, value === "on");
  }
  return changes;
}

/**
 * Switches features, and tells what became of it where that is more or less than was asked.
 *
 * @param offloads A link's features.
 * @param changes What each feature is to be.
 * @param console Where it is told.
 * @returns Exit status.
 */
export function switchFeatures(
  offloads: Offloads,
  changes: ReadonlyMap<string, boolean>,
  console: Console,
): number {
  const before = offloads.active;
  offloads.want(changes);
  const after = offloads.active;
  const refused = FEATURE_NAMES.filter((name) => {
    const wanted = changes.get(name);
    return wanted !== undefined && wanted !== after.has(name);
  });
  const changed = before.symmetricDifference(after);
  const isInVain = refused.length === changes.size;
  if (isInVain) console.complain("Could not change any device features\n");
  if (refused.length > 0 || [...changed].some((name) => !changes.has(name))) {
    console.print("Actual changes:\n");
    for (const name of FEATURE_NAMES) {
      const state = after.has(name) ? "on" : "off";
      if (refused.includes(name)) {
        console.print(`${name}: ${state} [requested ${after.has(name) ? "off" : "on"}]\n`);
      } else if (changed.has(name)) {
        console.print(`${name}: ${state}${changes.has(name) ? "" : " [not requested]"}\n`);
      }
    }
  }
  return isInVain ? 1 : 0;
}
