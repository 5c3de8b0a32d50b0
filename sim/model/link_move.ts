import { forgetLinkRoutes } from "./fib.ts";
import type { Link } from "./link.ts";
import { learnPeers } from "./link_making.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { destroyQdisc } from "./qdisc_tree.ts";
import { Refusal } from "./refusal.ts";

/**
 * Moves a link to another namespace. It goes down, loses its addresses and qdiscs, and keeps its
 * number where that is free.
 *
 * @param link The link.
 * @param target Where it goes.
 * @param name Its name there.
 * @throws {Refusal} EINVAL for a loopback, EEXIST if the name is taken there.
 */
export function moveLink(link: Link, target: NetworkNamespace, name: string): void {
  if (link.namespace === target && name === link.name) return;
  if (link.kind === "loopback") throw new Refusal("EINVAL", "The interface netns is immutable");
  const taken = target.linkByName(name);
  if (taken !== undefined && taken !== link) {
    throw new Refusal("EEXIST", "An interface with the same name exists in the target netns");
  }
  const source = link.namespace;
  leave(link);
  const index = target.isIndexFree(link.index) ? link.index : target.takeIndex();
  link.moveTo({ namespace: target, index, name });
  target.insertLink(link);
  target.sysctls.adoptDefaults(link);
  learnPeers(link);
  for (const observer of source.machine.observers) observer.linkChanged?.(link, "moved");
}

function leave(link: Link): void {
  const { namespace } = link;
  link.isUp = false;
  link.addresses = [];
  link.addresses6 = [];
  link.alias = undefined;
  forgetLinkRoutes(link);
  namespace.neighbours.forget(link);
  if (link.root !== undefined) destroyQdisc(link.root);
  if (link.ingress !== undefined) destroyQdisc(link.ingress);
  link.root = undefined;
  link.ingress = undefined;
  link.hasIngressQueue = false;
  for (const action of link.actionsToIt) action.loseTarget();
  link.actionsToIt.clear();
  namespace.sysctls.forgetLink(link.name);
  namespace.removeLink(link);
}
