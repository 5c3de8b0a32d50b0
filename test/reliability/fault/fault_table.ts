import type { Fault, Step } from "../../../sim/fault/fault.ts";

/** One way in which a command can fail. */
export interface FaultKind {
  /** What goes wrong. */
  readonly name: string;
  /** Which steps it can happen at. */
  readonly canHappenAt: (step: Step) => boolean;
  /** When it shows, and how. */
  readonly fault: Pick<Fault, "when" | "outcome">;
  /** How the metric of the step ends; absent where nobody can tell which step it was. */
  readonly counted?: "errors" | "already_exist" | "do_not_exist";
}

type Verb = RegExp;

const ADDS: Verb = /^(ip|tc)( -n \S+)? (netns attach|\w+ add)|^ln |^mkdir /;
const REMOVALS: Verb = /^(ip|tc)( -n \S+)? \w+ del(ete)? |^rm /;
const OF_DEVICES: Verb = /^(ip|tc)( -n \S+)? (\w+ add .*dev |link set )/;
const TOOLS: Verb = /^(ip|tc|ss|sysctl|mount) /;
const FILES: Verb = /^(ln|rm|mkdir|read|list|readlink|write) /;

const changing = (verb: Verb) => (step: Step) =>
  step.effect === "change" && verb.test(step.words.join(" "));
const reading = (verb: Verb) => (step: Step) =>
  step.effect === "read" && verb.test(step.words.join(" "));
const both = (verb: Verb) => ({ words }: Step) => verb.test(words.join(" "));

function says(stderr: string, status = 2): Fault["outcome"] {
  return { kind: "answer", output: { status, stdout: "", stderr } };
}

const GARBAGE = '[{"ifname":\u0000 qdisc filter ]]> 18446744073709551616:\n';

/** Every way in which the tools fail, by what real ones say. */
export const FAULT_KINDS: readonly FaultKind[] = [
  {
    name: "no such device",
    canHappenAt: changing(OF_DEVICES),
    fault: { when: "before", outcome: says('Cannot find device "gone"\n', 1) },
    counted: "errors",
  },
  {
    name: "exists already",
    canHappenAt: changing(ADDS),
    fault: { when: "before", outcome: { kind: "refused", errno: "EEXIST" } },
    counted: "already_exist",
  },
  {
    name: "gone already",
    canHappenAt: changing(REMOVALS),
    fault: { when: "after", outcome: { kind: "refused", errno: "ENOENT" } },
    counted: "do_not_exist",
  },
  ...([
    ["busy", "EBUSY", TOOLS],
    ["no memory", "ENOMEM", TOOLS],
    ["not permitted", "EPERM", TOOLS],
    ["no space on the device", "ENOSPC", FILES],
    ["no access", "EACCES", FILES],
  ] as const).map(([name, errno, verb]): FaultKind => ({
    name,
    canHappenAt: changing(verb),
    fault: { when: "before", outcome: { kind: "refused", errno } },
    counted: "errors",
  })),
  ...(["before", "after"] as const).flatMap((when): FaultKind[] => [
    {
      name: `out of time ${when} it took effect`,
      canHappenAt: when === "before" ? both(TOOLS) : changing(TOOLS),
      fault: { when, outcome: { kind: "timeout" } },
    },
    {
      name: `killed ${when} it took effect`,
      canHappenAt: when === "before" ? both(TOOLS) : changing(TOOLS),
      fault: { when, outcome: { kind: "killed" } },
    },
  ]),
  {
    name: "garbage instead of a listing",
    canHappenAt: reading(TOOLS),
    fault: {
      when: "before",
      outcome: { kind: "answer", output: { status: 0, stdout: GARBAGE, stderr: "" } },
    },
  },
  {
    name: "a file that cannot be read",
    canHappenAt: reading(FILES),
    fault: { when: "before", outcome: { kind: "refused", errno: "EIO" } },
  },
];

/** Links and priorities that make a part of the layout, for the metrics' names. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/dev eth0 parent ffff: protocol arp/, "eth0_arp"],
  [/dev eth0 parent ffff: .*prio 514/, "eth0_icmp"],
  [/dev eth0 parent ffff: /, "eth0_ip"],
  [/dev eth0 parent 1: /, "eth0_egress"],
  [/dev lo parent ffff: /, "lo_ip"],
  [/dev mesos\d+ parent ffff: protocol arp/, "veth_arp"],
  [/dev mesos\d+ parent ffff: .*prio 514/, "veth_icmp"],
  [/dev mesos\d+ parent ffff: /, "veth_ip"],
];

/**
 * Names the metric that a failed step of a container's filters counts as.
 *
 * @param step The step.
 * @param ending How the metric ends.
 * @returns Its name, with `port_mapping/`; undefined for what is not a filter of the host.
 */
export function metricOf(step: Step, ending: string): string | undefined {
  const [, verb, rest = ""] = /^tc filter (add|delete) (.*)$/.exec(step.words.join(" ")) ?? [];
  const part = PARTS.find(([pattern]) => pattern.test(rest))?.[1];
  // The reference has no names for removals from a veth of what is not IP.
  const isNameless = verb === "delete" && /^veth_(icmp|arp)$/.test(part ?? "");
  if (verb === undefined || part === undefined || isNameless) return undefined;
  return `port_mapping/${verb === "add" ? "adding" : "removing"}_${part}_filters_${ending}`;
}
