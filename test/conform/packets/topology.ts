import { QUIET } from "../scenes.ts";

/** Ends of veth pairs, in the order in which frames may move on: a redirect never leads back. */
export interface End {
  /** Name of its link. */
  readonly name: string;
  /** Namespace that it is in; undefined for the sequence's own. */
  readonly namespace: "s" | "t" | undefined;
  /** Its MAC address. */
  readonly mac: string;
}

/** A veth pair: what leaves by one end arrives at the other. */
export type Pair = readonly [near: End, far: End];

function pair(number: number, near: End["namespace"], far: End["namespace"]): Pair {
  const mac = (end: number) => `02:00:00:00:0${number}:0${end}`;
  return [
    { name: `q${number}`, namespace: near, mac: mac(1) },
    { name: `p${number}`, namespace: far, mac: mac(2) },
  ];
}

/**
 * The pairs: four lead from the outside to a namespace in the middle, one from there to another,
 * one stays where it is. Frames are put on the near ends of the first four.
 */
export const PAIRS: readonly Pair[] = [
  pair(0, undefined, "s"),
  pair(1, undefined, "s"),
  pair(2, undefined, "s"),
  pair(3, undefined, "s"),
  pair(4, "s", "t"),
  pair(5, "s", "s"),
];

/** How many pairs frames are put on. */
export const ENTRANCES = 4;

/** Words that make `ip` and `tc` work where an end is. */
export function at({ namespace }: End): string {
  return namespace === undefined ? "" : ` -n ${namespace}`;
}

/** The commands that make the namespaces. */
export const NAMESPACES: readonly string[] = [
  QUIET,
  ...["s", "t"].flatMap((name) => [`ip netns add ${name}`, `ip netns exec ${name} ${QUIET}`]),
];

/** The commands that make the pairs. No link has an address, so that no kernel adds a frame. */
export const LINKS: readonly string[] = [
  ...PAIRS.flatMap(([near, far]) => [
    `ip${at(near)} link add ${near.name} address ${near.mac} type veth ` +
    `peer name ${far.name} address ${far.mac} netns ${far.namespace ?? "s"}`,
    ...[near, far].map((end) => `ip${at(end)} link set ${end.name} up`),
    ...[near, far].map((end) => `tc${at(end)} qdisc add dev ${end.name} ingress`),
  ]),
];

/** Shows where frames went, and what counted them on their way. */
export const COUNTS: readonly string[] = [
  ...["", " -n s", " -n t"].map((where) => `ip${where} -s link`),
  ...PAIRS.flat().map((end) => `tc${at(end)} -s filter show dev ${end.name} parent ffff:`),
  ...PAIRS.flat().map((end) => `tc${at(end)} -s qdisc show dev ${end.name}`),
];
