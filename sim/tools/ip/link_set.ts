/**
 * `ip link set`.
 *
 * @module
 */

import type { Link } from "../../model/link.ts";
import { moveLink } from "../../model/link_move.ts";
import { rename, setArp, setDown, setMac, setMtu, setUp } from "../../model/link_state.ts";
import { Refusal } from "../../model/refusal.ts";
import { Words } from "../words.ts";
import { type IpContext, linkNamed } from "./context.ts";
import { type LinkWords, macOf, readLinkWords } from "./link_words.ts";

const MAC_BYTES = 6;

/**
 * Runs `ip link set`.
 *
 * @param args The words behind `set`.
 * @param context Where it works.
 */
export function setLink(args: readonly string[], context: IpContext): void {
  const { console } = context;
  const words = new Words(args, console);
  const said = readLinkWords(words, context);
  if (said.type !== undefined) return console.notModelled(`"link set type ${said.type}"`);
  if (said.group !== undefined && said.device === undefined) {
    setGroup(said.group, said, context);
    return;
  }
  if (said.device === undefined) {
    return console.exit('Not enough information: "dev" argument is required.\n');
  }
  if (said.index !== undefined) {
    if (said.target !== undefined) return console.notModelled('"index" with "netns"');
    return console.exit(
      "index can be used only when creating devices or when moving device to another netns.\n",
    );
  }
  const known = context.namespace.linkByName(said.device);
  const length = said.mac?.length ?? MAC_BYTES;
  if (known !== undefined && length !== MAC_BYTES) {
    console.fail(`Invalid address length ${length} - must be ${MAC_BYTES} bytes\n`);
  }
  const link = linkNamed(context, said.device);
  const name = said.name === said.device ? undefined : said.name;
  console.ask(() => change(link, said, name));
}

/** All links of a group are set at once; what cannot be said of many is refused. */
function setGroup(group: number, said: LinkWords, context: IpContext): void {
  const { mac, mtu, target, alias, isUp } = said;
  if ([mac, mtu, target, alias].some((value) => value !== undefined)) {
    return context.console.notModelled('this "link set group"');
  }
  for (const link of context.namespace.links) {
    if (link.group === group && isUp !== undefined) (isUp ? setUp : setDown)(link);
  }
}

/** The kernel's order: it stops at what it refuses, and keeps what went before. */
function change(link: Link, said: LinkWords, name: string | undefined): void {
  if (said.target instanceof Refusal) throw said.target;
  if (said.target !== undefined) moveLink(link, said.target, name ?? link.name);
  if (said.mac !== undefined) setMac(link, macOf(said.mac));
  if (said.mtu !== undefined) setMtu(link, said.mtu);
  if (said.group !== undefined) link.group = said.group;
  if (name !== undefined) rename(link, name);
  if (said.alias !== undefined) link.alias = said.alias === "" ? undefined : said.alias;
  changeFlags(link, said);
  if (said.txQueueLength !== undefined) setQueueLength(link, said.txQueueLength);
  for (const observer of link.namespace.machine.observers) observer.linkChanged?.(link, "changed");
}

function changeFlags(link: Link, said: LinkWords): void {
  if (said.hasArp !== undefined) setArp(link, said.hasArp);
  if (said.hasMulticast !== undefined) link.hasMulticast = said.hasMulticast;
  if (said.isPromiscuous !== undefined) link.isPromiscuous = said.isPromiscuous;
  if (said.takesAllMulticast !== undefined) link.takesAllMulticast = said.takesAllMulticast;
  if (said.isUp !== undefined) (said.isUp ? setUp : setDown)(link);
}

function setQueueLength(link: Link, length: number): void {
  link.txQueueLength = length >>> 0;
}
