/**
 * `ip addr show` and `ip link show`: one command with two faces.
 *
 * @module
 */

import type { InetAddress, Scope } from "../../model/address.ts";
import type { Link } from "../../model/link.ts";
import { prefixOf } from "../../model/ipv4.ts";
import { Listing } from "../listing.ts";
import { type Prefix, prefixOrExit } from "../prefix.ts";
import { Grammar, unknownToSimulator, Words } from "../words.ts";
import { listAddress, listAddress6 } from "./address_list.ts";
import { type IpContext, lineBreak } from "./context.ts";
import { listLink } from "./link_show.ts";
import { listLinkStatistics } from "./link_statistics.ts";
import { parseGroup } from "./link_words.ts";

/** Which links and addresses are meant. */
export interface Selection {
  device: string | undefined;
  isUp: boolean;
  group: number | undefined;
  kind: string | undefined;
  scope: Scope | undefined;
  to: Prefix | undefined;
  isSecondary: boolean | undefined;
}

const SCOPES: ReadonlySet<string> = new Set(["global", "site", "link", "host", "nowhere"]);

function isScope(text: string): text is Scope {
  return SCOPES.has(text);
}

const GRAMMAR = new Grammar<Selection>([
  {
    names: "to",
    read: (selection, words) => selection.to = prefixOrExit(words.take(), words),
  },
  {
    names: "scope",
    read(selection, words) {
      const text = words.take();
      if (text === "all") return;
      if (!isScope(text)) return words.console.notModelled(`scope "${text}"`);
      selection.scope = text;
    },
  },
  { names: "up", read: (selection) => selection.isUp = true },
  { names: "primary|-secondary", read: (selection) => selection.isSecondary = false },
  { names: "secondary", read: (selection) => selection.isSecondary = true },
  unknownToSimulator(
    "dynamic|permanent|tentative|deprecated|dadfailed|temporary|nodad|optimistic|home|" +
      "mngtmpaddr|noprefixroute|autojoin|stable-privacy|label",
  ),
  {
    names: "group",
    read(selection, words) {
      const text = words.take();
      selection.group = parseGroup(text) ??
        words.console.wrongArgument('Invalid "group" value\n', text);
    },
  },
  unknownToSimulator("master|vrf|nomaster"),
  { names: "type", read: (selection, words) => selection.kind = words.take() },
  {
    names: "dev",
    read(selection, words) {
      const name = words.take();
      if (selection.device !== undefined) words.console.duplicateOrGarbage("dev", name);
      selection.device = name;
    },
  },
  unknownToSimulator("help~"),
], (selection, words) => {
  const name = words.take();
  if (selection.device !== undefined) words.console.duplicateOrGarbage("dev", name);
  selection.device = name;
});

/**
 * Reads which links and addresses are meant.
 *
 * @param args The words behind the verb.
 * @param context Where links are looked up.
 * @returns What was said, and the link that was named; the command fails where it is not there.
 */
export function readSelection(
  args: readonly string[],
  context: IpContext,
): { selection: Selection; link: Link | undefined } {
  const { console, namespace } = context;
  const selection: Selection = {
    device: undefined,
    isUp: false,
    group: undefined,
    kind: undefined,
    scope: undefined,
    to: undefined,
    isSecondary: undefined,
  };
  GRAMMAR.read(selection, new Words(args, console, context.options.family));
  if (selection.device === undefined) return { selection, link: undefined };
  const link = namespace.linkByName(selection.device) ??
    console.fail(`Device "${selection.device}" does not exist.\n`);
  return { selection, link };
}

/**
 * Tells whether an address is meant.
 *
 * @param selection What was said.
 * @param address The address.
 */
export function isSelected(selection: Selection, address: InetAddress): boolean {
  const { scope, to, isSecondary } = selection;
  if (scope !== undefined && address.scope !== scope) return false;
  if (isSecondary !== undefined && address.isSecondary !== isSecondary) return false;
  return to === undefined || prefixOf(address.local, to.length) === prefixOf(to.address, to.length);
}

/**
 * Lists links, with their addresses or without.
 *
 * @param args The words behind the verb.
 * @param context Where it works.
 * @param face Whether it is about links.
 */
export function showAddresses(
  args: readonly string[],
  context: IpContext,
  face: { readonly isAboutLinks: boolean },
): void {
  const { console, namespace } = context;
  const { selection, link } = readSelection(args, context);
  // A network that addresses are to be of says of which family they are to be.
  const isInet = selection.to !== undefined;
  const options = isInet ? { ...context.options, family: "inet" as const } : context.options;
  const listing = new Listing(options.isJson);
  const { session } = context;
  session.hasListedLinks ||= face.isAboutLinks;
  // Once it has listed links, the tool asks for one link alone, without its addresses.
  const isAlone = link !== undefined && selection.group === undefined && session.hasListedLinks;
  for (const each of link === undefined ? namespace.links : [link]) {
    if (selection.kind !== undefined && each.kind !== selection.kind) continue;
    if (face.isAboutLinks || isAlone) showLink(each, selection, context, listing);
    else showOne(each, selection, { ...context, options }, listing);
  }
  console.print(listing.finish());
}

function isLinkSelected(link: Link, selection: Selection): boolean {
  if (selection.isUp && !link.isUp) return false;
  return selection.group === undefined || link.group === selection.group;
}

function showLink(
  link: Link,
  selection: Selection,
  context: IpContext,
  listing: Listing,
): void {
  listing.begin();
  if (isLinkSelected(link, selection)) {
    listLink(link, { context, listing, isAboutLinks: true });
  }
  listing.end();
}

function showOne(
  link: Link,
  selection: Selection,
  context: IpContext,
  listing: Listing,
): void {
  const { options, session } = context;
  const inet = options.family === "inet6"
    ? []
    : link.addresses.filter((address) => isSelected(selection, address));
  const inet6 = options.family === "inet" || selection.to !== undefined ||
      selection.isSecondary === true
    ? []
    : link.addresses6.filter(({ scope }) =>
      selection.scope === undefined || scope === selection.scope
    );
  // A link without an address that is meant is not listed, unless it has none of any family.
  const isBare = link.addresses.length + link.addresses6.length === 0 &&
    options.family === undefined && selection.to === undefined;
  if (inet.length + inet6.length === 0 && !isBare) return;
  listing.begin();
  if (isLinkSelected(link, selection)) {
    if (options.isBrief || !options.isOneLine) {
      listLink(link, { context, listing, isAboutLinks: session.hasListedLinks });
    }
    listing.json("addr_info", []);
    for (const address of inet) listAddress(address, link, listing, options);
    for (const address of inet6) listAddress6(address, link, listing, options);
    if (options.isBrief) listing.text("\n");
    else if (options.statistics > 0 && !options.isOneLine && !session.hasListedLinks) {
      listLinkStatistics(link, listing, options);
      listing.text(lineBreak(options));
    }
  }
  listing.end();
}
