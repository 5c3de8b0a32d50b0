import type { Link } from "./link.ts";

/**
 * Whenever the kernel describes a link, it numbers the namespace of its other end. To whom it does,
 * and when first, decides which numbers namespaces get.
 *
 * @param link A link that is looked at, or that something happened to.
 */
export function numberPeer(link: Link): void {
  const { peer } = link;
  if (peer !== undefined && peer.namespace !== link.namespace) {
    link.namespace.peerId(peer.namespace);
  }
}
