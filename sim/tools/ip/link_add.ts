/**
 * `ip link add`, `delete` and `change`.
 *
 * @module
 */

import type { Link } from "../../model/link.ts";
import { addLink, addVethPair, type LinkSpec } from "../../model/link_making.ts";
import { removeLink } from "../../model/link_removal.ts";
import { checkMac, setUp } from "../../model/link_state.ts";
import { Refusal } from "../../model/refusal.ts";
import { STATUS_REFUSED } from "../console.ts";
import { Words } from "../words.ts";
import { type IpContext, linkNamed } from "./context.ts";
import { isLinkName, type LinkWords, macOf, readLinkWords } from "./link_words.ts";

/** Kinds of links that a real kernel may know, and the simulator does not. */
const UNMODELLED_KINDS = new Set([
  "bridge",
  "bond",
  "gre",
  "gretap",
  "ifb",
  "ipip",
  "ipvlan",
  "macvlan",
  "netdevsim",
  "sit",
  "team",
  "tun",
  "vcan",
  "vlan",
  "vrf",
  "vxlan",
  "wireguard",
  "xfrm",
]);

/**
 * Runs `ip link add`.
 *
 * @param args The words behind `add`.
 * @param context Where it works.
 */
export function addLinks(args: readonly string[], context: IpContext): void {
  const { console } = context;
  const words = new Words(args, console);
  const near = readLinkWords(words, context);
  if (near.group !== undefined && near.device === undefined) {
    console.exit("group cannot be used when creating devices.\n");
  }
  checkOneName(near);
  if (near.type === undefined) {
    return console.fail('Not enough information: "type" argument is required\n');
  }
  if (near.type === "veth") addVeth(near, words, context);
  else addOther(near.type, near, words, context);
}

function checkOneName(link: LinkWords): void {
  if (link.name !== link.device) {
    link.context.console.exit(
      'both "name" and "dev" cannot be used when creating devices.\n',
    );
  }
}

function addVeth(near: LinkWords, words: Words, context: IpContext): void {
  const { console } = context;
  let far: LinkWords | undefined;
  if (words.left > 0) {
    if (words.take() !== "peer") return console.notModelled('usage of "veth"');
    far = readLinkWords(words, context);
    checkOneName(far);
    if (far.type !== undefined) console.duplicate("type", words.previous);
  }
  console.ask(() => {
    checkKernelName(near);
    if (far !== undefined) checkKernelName(far);
    const nearSpec = specOf(near);
    const own = { name: undefined, index: undefined, mac: undefined, isUp: false };
    const farSpec = far === undefined ? { ...nearSpec, ...own } : specOf(far);
    const [link, peer] = addVethPair(nearSpec, farSpec);
    if (far === undefined && near.group !== undefined) peer.group = near.group;
    for (const [said, made] of [[near, link], [far, peer]] as const) {
      if (said !== undefined) dress(made, said);
    }
  });
}

function addOther(kind: string, said: LinkWords, words: Words, context: IpContext): void {
  const { console, namespace } = context;
  if (UNMODELLED_KINDS.has(kind)) return console.notModelled(`link type "${kind}"`);
  if (words.left > 0) {
    console.fail(
      `Garbage instead of arguments "${words.current} ...". Try "ip link help".\n`,
    );
  }
  const isDummy = kind === "dummy" && namespace.machine.features.has("link_dummy");
  console.ask(() => {
    checkKernelName(said);
    if (said.name !== undefined && namespace.linkByName(said.name) !== undefined) {
      throw new Refusal("EEXIST");
    }
    if (!isDummy) throw new Refusal("EOPNOTSUPP", "Unknown device type");
    dress(addLink("dummy", specOf(said)), said);
  });
}

/** The tool lets names pass that are too long for the kernel. */
function checkKernelName(said: LinkWords): void {
  if (said.name !== undefined && !isLinkName(said.name)) {
    throw new Refusal("EINVAL", "Attribute failed policy validation");
  }
}

function specOf(said: LinkWords): LinkSpec {
  const { target } = said;
  if (target instanceof Refusal) throw target;
  if (said.mac !== undefined && said.mac.length !== 6) throw new Refusal("EINVAL");
  if (said.mac !== undefined) checkMac(macOf(said.mac));
  return {
    namespace: target ?? said.context.namespace,
    name: said.name,
    index: said.index,
    mac: said.mac === undefined ? undefined : macOf(said.mac),
    mtu: said.mtu,
    txQueueLength: said.txQueueLength,
    isUp: said.isUp === true,
  };
}

/** What a new link takes beside its place; an alias it does not. */
function dress(link: Link, said: LinkWords): void {
  if (said.group !== undefined) link.group = said.group;
  if (said.hasArp !== undefined) link.hasArp = said.hasArp;
  if (said.hasMulticast !== undefined) link.hasMulticast = said.hasMulticast;
  if (said.isPromiscuous !== undefined) link.isPromiscuous = said.isPromiscuous;
  if (said.takesAllMulticast !== undefined) link.takesAllMulticast = said.takesAllMulticast;
  if (said.isUp === true) setUp(link);
}

/**
 * Runs `ip link delete`.
 *
 * @param args The words behind `delete`.
 * @param context Where it works.
 */
export function deleteLink(args: readonly string[], context: IpContext): void {
  const { console } = context;
  const words = new Words(args, console);
  const said = readLinkWords(words, context);
  if (said.group !== undefined) return console.notModelled('"link delete group"');
  if (said.device === undefined) {
    return console.exit('Not enough information: "dev" argument is required.\n');
  }
  const link = linkNamed(context, said.device);
  if (said.type !== undefined && words.left > 0) {
    if (said.type === "veth") return console.notModelled('options of "veth"');
    console.fail(
      `Garbage instead of arguments "${words.current} ...". Try "ip link help".\n`,
    );
  }
  if (link.kind === "physical" || link.kind === "loopback") {
    console.fail("RTNETLINK answers: Operation not supported\n", STATUS_REFUSED);
  }
  removeLink(link);
}
