import { removeLink } from "./link_removal.ts";
import type { NetworkNamespace } from "./namespace.ts";

/**
 * Takes a namespace apart: its links go, veth peers elsewhere with them. Physical links go back to
 * the namespace that the machine booted with.
 *
 * @param namespace A namespace that nothing holds.
 */
export function destroyNamespace(namespace: NetworkNamespace): void {
  namespace.isAlive = false;
  namespace.sockets.clear();
  for (const link of namespace.links) {
    // A veth whose other end is here too may be gone already.
    if (link.kind !== "loopback" && namespace.linkByIndex(link.index) === link) removeLink(link);
  }
  for (const other of namespace.machine.namespaces) other.peerIds.delete(namespace);
}
