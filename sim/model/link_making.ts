import { invariant } from "./invariant.ts";
import { Link } from "./link.ts";
import { isReservedLinkName, isValidLinkName } from "./link_name.ts";
import { checkMac } from "./link_state.ts";
import type { Mac } from "./mac.ts";
import type { Machine } from "./machine.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { numberPeer } from "./peer_number.ts";
import { Refusal } from "./refusal.ts";

/** One end of a veth pair, or another link, that a command asks for. */
export interface LinkSpec {
  readonly namespace: NetworkNamespace;
  /** Its name; undefined for the kernel's choice. */
  readonly name: string | undefined;
  /** Its number; undefined for the next free one. */
  readonly index?: number | undefined;
  /** Its MAC address; undefined for a random one. */
  readonly mac: Mac | undefined;
  /** Its MTU in bytes; undefined for 1500. */
  readonly mtu: number | undefined;
  readonly txQueueLength: number | undefined;
  /** Whether it is to be up from the start; of a veth's far end, the kernel refuses that. */
  readonly isUp?: boolean;
}

const MTU_DEFAULT = 1500;
const MTU_MIN = 68;
const MTU_MAX = 65535;

/**
 * Makes a veth pair.
 *
 * @param near The end that the command is about.
 * @param far The other end; it gets its number first.
 * @returns Both ends, in that order.
 * @throws {Refusal} EEXIST for a taken name, EADDRNOTAVAIL for a bad MAC address, EINVAL for a bad
 * name or MTU, ENOTCONN for a far end that is to be up before it is joined to the near one.
 */
export function addVethPair(near: LinkSpec, far: LinkSpec): [Link, Link] {
  checkIndex(near);
  for (const spec of [near, far]) {
    if (spec.mac !== undefined) checkMac(spec.mac);
    const mtu = spec.mtu ?? MTU_DEFAULT;
    if (mtu < MTU_MIN || mtu > MTU_MAX) throw new Refusal("EINVAL");
  }
  if (near.index === undefined && near.namespace.linkByName(near.name ?? "") !== undefined) {
    throw new Refusal("EEXIST");
  }
  checkName(far);
  // The kernel looks at the far end's number only where the near one has one too.
  const farIndex = near.index === undefined ? undefined : far.index;
  if (farIndex !== undefined && !far.namespace.isIndexFree(farIndex)) throw new Refusal("EBUSY");
  const farLink = make("veth", { ...far, index: farIndex });
  if (far.isUp === true) {
    farLink.namespace.removeLink(farLink);
    throw new Refusal("ENOTCONN");
  }
  const nearLink = makeBeside(farLink, near);
  nearLink.peer = farLink;
  farLink.peer = nearLink;
  numberPeer(nearLink);
  for (const link of [farLink, nearLink]) notify(link);
  return [nearLink, farLink];
}

/**
 * Makes a link that stands alone.
 *
 * @param kind `dummy`, or `physical` for a network card.
 * @param spec What it is to be.
 * @throws {Refusal} EEXIST for a taken name, EADDRNOTAVAIL for a bad MAC address.
 */
export function addLink(kind: "dummy" | "physical", spec: LinkSpec): Link {
  checkIndex(spec);
  checkName(spec);
  if (spec.mac !== undefined) checkMac(spec.mac);
  const link = make(kind, spec);
  if (kind === "dummy") link.hasArp = false;
  notify(link);
  return link;
}

function checkName({ namespace, name }: LinkSpec): void {
  if (name === undefined) return;
  if (!isValidLinkName(name)) throw new Refusal("EINVAL");
  if (namespace.linkByName(name) !== undefined) throw new Refusal("EEXIST");
}

/** The far end is there already when the kernel looks at the near one, and goes if that is bad. */
function makeBeside(farLink: Link, near: LinkSpec): Link {
  try {
    checkName(near);
    return make("veth", near);
  } catch (error) {
    farLink.namespace.removeLink(farLink);
    throw error;
  }
}

function make(kind: "veth" | "dummy" | "physical", spec: LinkSpec): Link {
  const { namespace } = spec;
  const name = spec.name ?? freeName(namespace, kind);
  const index = spec.index ?? namespace.takeIndex();
  // The number is used up by then.
  if (isReservedLinkName(name)) throw new Refusal("EINVAL");
  const link = new Link(kind, {
    namespace,
    index,
    name,
  }, { mac: spec.mac ?? randomMac(namespace.machine), mtu: spec.mtu ?? MTU_DEFAULT });
  if (spec.txQueueLength !== undefined) link.txQueueLength = spec.txQueueLength;
  namespace.insertLink(link);
  namespace.sysctls.adoptDefaults(link);
  return link;
}

/** A link of that number is one that the command would make again. */
function checkIndex({ namespace, index }: LinkSpec): void {
  if (index !== undefined && !namespace.isIndexFree(index)) throw new Refusal("EEXIST");
}

function freeName(namespace: NetworkNamespace, prefix: string): string {
  for (let number = 0;; number++) {
    invariant(number <= namespace.linkCount, "a namespace has a free name");
    if (namespace.linkByName(`${prefix}${number}`) === undefined) return `${prefix}${number}`;
  }
}

/** Random, for one machine, and marked as such. */
function randomMac(machine: Machine): Mac {
  const first = (machine.random.nextUint32() & 0xfc) | 2;
  return first * 2 ** 40 + (machine.random.nextUint32() & 0xff) * 2 ** 32 +
    machine.random.nextUint32();
}

function notify(link: Link): void {
  for (const observer of link.namespace.machine.observers) observer.linkChanged?.(link, "added");
}
