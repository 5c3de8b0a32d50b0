import type { Link } from "./link.ts";
import { isValidLinkName } from "./link_name.ts";
import { takeOut } from "./link_removal.ts";
import { loseCarrier, rename } from "./link_state.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { numberPeer } from "./peer_number.ts";
import { Refusal } from "./refusal.ts";

/**
 * Moves a link to another namespace. It goes down, loses its addresses and qdiscs, and keeps its
 * number where that is free.
 *
 * @param link The link.
 * @param target Where it goes.
 * @param name Its name there.
 * @throws {Refusal} EINVAL for a loopback, EEXIST if the name is taken there: then it has moved
 * under its old name, if that is free.
 */
export function moveLink(link: Link, target: NetworkNamespace, name: string): void {
  if (link.namespace === target && name === link.name) return;
  if (link.kind === "loopback") throw new Refusal("EINVAL", "The interface netns is immutable");
  const source = link.namespace;
  if (source === target) return rename(link, name);
  const arrival = arrivalName(link, target, name);
  source.peerId(target);
  leave(link);
  const index = target.isIndexFree(link.index) ? link.index : target.takeIndex();
  link.moveTo({ namespace: target, index, name: arrival });
  target.insertLink(link);
  target.sysctls.adoptDefaults(link);
  numberPeer(link);
  for (const observer of source.machine.observers) observer.linkChanged?.(link, "moved");
  rename(link, name);
}

/** A link moves under its old name where that is free, and is renamed afterwards. */
function arrivalName(link: Link, target: NetworkNamespace, name: string): string {
  if (target.linkByName(link.name) === undefined) return link.name;
  if (name === link.name) {
    throw new Refusal("EEXIST", "An interface with the same name exists in the target netns");
  }
  const isValid = isValidLinkName(name);
  if (isValid && target.linkByName(name) === undefined) return name;
  throw new Refusal(
    isValid ? "EEXIST" : "EINVAL",
    `Unable to use '${name}' for the new interface name in the target netns`,
  );
}

function leave(link: Link): void {
  if (link.hasCarrier && link.peer !== undefined) loseCarrier(link.peer);
  takeOut(link);
  link.hasIngressQueue = false;
}
