import type { IntervalSet } from "../../ports/mod.ts";
import type { PacketSet, Test } from "./packet_set.ts";
import { type PortField, portPosition, untilPort } from "./packet_test.ts";
import type { Fate, Outcome } from "./walk.ts";

/** What should become of packets: one fate, or that of whoever owns a port. */
export type Due = Fate | {
  /** The port that decides. */
  readonly by: PortField;
  /** The fate of its owners' packets. */
  readonly owners: PortFates;
  /** The fate of packets for ports of nobody. */
  readonly nobody: Fate;
};

/** What should become of packets that pass some tests; the first claim that fits is the one. */
export interface Claim {
  /** Their tests: alternatives, of each of which all must pass. */
  readonly when: readonly (readonly Test[])[];
  /** What should become of them. */
  readonly due: Due;
}

/** The fates of ports: finds the owners of some, each with all of its own. */
export type PortFates = (
  ports: IntervalSet,
) => readonly { readonly ports: IntervalSet; readonly fate: Fate }[];

/**
 * Gives packets what is due to them.
 *
 * @param packets The packets.
 * @param claims The claims, the first that fits before others.
 * @param otherwise What is due to packets that none fits.
 * @returns All the packets, in sets to which the same is due.
 */
export function duesOf(
  packets: PacketSet,
  claims: readonly Claim[],
  otherwise: Fate,
): Outcome[] {
  const outcomes: Outcome[] = [];
  let rest: readonly PacketSet[] = [packets];
  for (const { when, due } of claims) {
    for (const tests of when) {
      rest = rest.flatMap((each) => {
        const { inside, outside } = partByAll(each, tests);
        if (inside !== undefined) outcomes.push(...grant(inside, due));
        return outside;
      });
    }
  }
  return [...outcomes, ...rest.map((each) => ({ packets: each, fate: otherwise }))];
}

/** Packets that are too short for a test do not pass it. */
function partByAll(packets: PacketSet, tests: readonly Test[]) {
  const outside: PacketSet[] = [];
  let inside: PacketSet | undefined = packets;
  for (const test of tests) {
    if (inside === undefined) break;
    const parts = inside.part(test);
    outside.push(...parts.outside);
    if (parts.short !== undefined) outside.push(parts.short);
    inside = parts.inside;
  }
  return { inside, outside };
}

function grant(packets: PacketSet, due: Due): Outcome[] {
  if (!("by" in due)) return [{ packets, fate: due }];
  const { by, owners, nobody } = due;
  const { long, short } = packets.partAt(untilPort(by));
  const outcomes: Outcome[] = short === undefined ? [] : [{ packets: short, fate: nobody }];
  if (long === undefined) return outcomes;
  const position = portPosition(by);
  const present = long.at(position);
  let unowned = present;
  for (const { ports, fate } of owners(present)) {
    outcomes.push({ packets: long.with(position, present.intersection(ports)), fate });
    unowned = unowned.difference(ports);
  }
  if (!unowned.isEmpty) outcomes.push({ packets: long.with(position, unowned), fate: nobody });
  return outcomes;
}
