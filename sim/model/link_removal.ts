import { forgetLinkRoutes } from "./fib.ts";
import type { Link } from "./link.ts";
import { destroyQdisc } from "./qdisc_tree.ts";

/**
 * Takes a link away, and with a veth its other end: addresses, routes, neighbours, qdiscs and
 * filters go. Filters elsewhere that point at it stay, and point at nothing.
 *
 * @param link A link that is no loopback.
 */
export function removeLink(link: Link): void {
  const { peer } = link;
  takeApart(link);
  if (peer !== undefined) takeApart(peer);
}

function takeApart(link: Link): void {
  const { namespace } = link;
  link.wire?.disconnect(link);
  takeOut(link);
  for (const observer of namespace.machine.observers) observer.linkChanged?.(link, "removed");
}

/**
 * Takes a link that goes down out of its namespace, and all that hangs on it there: addresses,
 * routes, neighbours, qdiscs and sysctls. A mirred action only names a link of its own namespace.
 *
 * @param link The link.
 */
export function takeOut(link: Link): void {
  const { namespace } = link;
  link.isUp = false;
  link.addresses = [];
  link.addresses6 = [];
  forgetLinkRoutes(link);
  namespace.neighbours.forget(link);
  if (link.root !== undefined) destroyQdisc(link.root);
  if (link.ingress !== undefined) destroyQdisc(link.ingress);
  link.root = undefined;
  link.ingress = undefined;
  for (const action of link.actionsToIt) action.loseTarget();
  link.actionsToIt.clear();
  namespace.sysctls.forgetLink(link.name);
  namespace.removeLink(link);
}
