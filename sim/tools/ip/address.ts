/**
 * `ip addr`.
 *
 * @module
 */

import type { InetAddress, Scope } from "../../model/address.ts";
import { addAddress, type AddressFlags, removeAddress } from "../../model/addresses.ts";
import { type Ipv4, maskOf } from "../../model/ipv4.ts";
import { Refusal } from "../../model/refusal.ts";
import { type Prefix, settlingAddress, settlingPrefix } from "../prefix.ts";
import { abbreviates, Grammar, unknownToSimulator, Words } from "../words.ts";
import { isSelected, readSelection, showAddresses } from "./address_show.ts";
import { type IpContext, linkNamed } from "./context.ts";

interface Draft {
  device: string | undefined;
  local: Prefix | undefined;
  localText: string;
  peer: Prefix | undefined;
  broadcast: Ipv4 | "+" | "-" | undefined;
  scope: Scope | undefined;
  label: string | undefined;
  noPrefixRoute: boolean;
}

const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ["global", "global"],
  ["site", "site"],
  ["link", "link"],
  ["host", "host"],
]);

/** The kernel keeps a label where it keeps a link's name. */
const LABEL_BYTES_MAX = 15;

const GRAMMAR = new Grammar<Draft>([
  {
    names: "peer|remote",
    read(draft, words) {
      const text = words.take();
      if (draft.peer !== undefined) words.console.duplicate("peer", text);
      draft.peer = settlingPrefix(text, words);
    },
  },
  {
    names: "broadcast~|brd",
    read(draft, words) {
      const text = words.take();
      if (draft.broadcast !== undefined) words.console.duplicate("broadcast", text);
      draft.broadcast = text === "+" || text === "-" ? text : settlingAddress(text, words);
    },
  },
  unknownToSimulator("anycast"),
  {
    names: "scope",
    read(draft, words) {
      const text = words.take();
      draft.scope = SCOPES.get(text) ?? words.console.notModelled(`scope "${text}"`);
    },
  },
  { names: "dev", read: (draft, words) => draft.device = words.take() },
  { names: "label", read: (draft, words) => draft.label = words.take() },
  unknownToSimulator("metric~|priority~|preference~|valid_lft~|preferred_lft~"),
  { names: "noprefixroute", read: (draft) => draft.noPrefixRoute = true },
  unknownToSimulator(
    "secondary|temporary|nodad|optimistic|dadfailed|home|deprecated|tentative|permanent|" +
      "mngtmpaddr|autojoin|stable-privacy",
  ),
], (draft, words) => {
  if (words.current === "local") words.skip();
  const text = words.take();
  if (abbreviates(text, "help")) words.console.notModelled('"addr help"');
  if (draft.local !== undefined) words.console.duplicateOrGarbage("local", text);
  draft.localText = text;
  draft.local = settlingPrefix(text, words);
});

function read(args: readonly string[], context: IpContext): Draft {
  const draft: Draft = {
    device: undefined,
    local: undefined,
    localText: "",
    peer: undefined,
    broadcast: undefined,
    scope: undefined,
    label: undefined,
    noPrefixRoute: false,
  };
  GRAMMAR.read(draft, new Words(args, context.console, context.options.family));
  return draft;
}

function add(args: readonly string[], context: IpContext, flags: AddressFlags): void {
  const { console } = context;
  const draft = read(args, context);
  const { device, local } = draft;
  if (device === undefined) {
    return console.fail('Not enough information: "dev" argument is required.\n');
  }
  const link = linkNamed(context, device);
  console.ask(() => {
    checkLabel(draft);
    if (local === undefined) throw new Refusal("EOPNOTSUPP");
    // 224.0.0.0/4 has rules of its own.
    if (local.address >>> 28 === 0xe) console.notModelled(`address "${draft.localText}"`);
    const peer = draft.peer ?? local;
    // The tool takes a length of 0 for none.
    const prefixLength = peer.length || local.length;
    addAddress(link, {
      local: local.address,
      peer: peer.address,
      prefixLength,
      broadcast: broadcastOf(draft, peer.address, peer.length),
      scope: draft.scope ?? (local.address >>> 24 === 127 ? "host" : "global"),
      label: draft.label ?? link.name,
      noPrefixRoute: draft.noPrefixRoute,
    }, flags);
  });
}

function checkLabel({ label = "" }: Draft): void {
  if (label.length > LABEL_BYTES_MAX) {
    throw new Refusal("EINVAL", "Attribute failed policy validation");
  }
}

function broadcastOf(draft: Draft, peer: Ipv4, prefixLength: number): Ipv4 | undefined {
  const { broadcast } = draft;
  if (broadcast !== "+" && broadcast !== "-") return broadcast;
  if (prefixLength > 30) return undefined;
  const mask = maskOf(prefixLength);
  return ((peer & mask) | (broadcast === "+" ? ~mask : 0)) >>> 0;
}

function remove(args: readonly string[], context: IpContext): void {
  const { console } = context;
  const draft = read(args, context);
  const { device, local, peer } = draft;
  if (device === undefined) {
    return console.fail('Not enough information: "dev" argument is required.\n');
  }
  if (local === undefined) return console.notModelled('"addr del" without an address');
  const isWildcard = peer === undefined && !local.hasLength;
  if (isWildcard) warnOfWildcard(draft.localText, context);
  const link = linkNamed(context, device);
  const wantedPeer = peer ?? local;
  const isWanted = (address: InetAddress) =>
    address.local === local.address &&
    (draft.label === undefined || draft.label === address.label) &&
    (isWildcard ||
      ((wantedPeer.length || local.length) === address.prefixLength &&
        ((wantedPeer.address ^ address.peer) & maskOf(address.prefixLength)) === 0));
  console.ask(() => {
    checkLabel(draft);
    removeAddress(link, isWanted);
  });
}

function warnOfWildcard(text: string, { console }: IpContext): void {
  console.complain(
    "Warning: Executing wildcard deletion to stay compatible with old scripts.\n" +
      `         Explicitly specify the prefix length (${text}/32) to avoid this warning.\n` +
      "         This special behaviour is likely to disappear in further releases,\n" +
      "         fix your scripts!\n",
  );
}

function flush(args: readonly string[], context: IpContext): void {
  const { console, namespace, options } = context;
  if (args.length === 0) console.fail("Flush requires arguments.\n");
  if (options.statistics > 0) console.notModelled('"-s addr flush"');
  const { selection, link } = readSelection(args, context);
  for (const each of link === undefined ? namespace.links : [link]) {
    if (options.family !== "inet6") {
      for (const address of [...each.addresses]) {
        const isThere = each.addresses.includes(address);
        if (isThere && isSelected(selection, address)) {
          removeAddress(each, (other) => other === address);
        }
      }
    }
    const isAll = selection.to === undefined && selection.scope === undefined &&
      selection.isSecondary === undefined;
    if (options.family !== "inet" && isAll) each.addresses6 = [];
  }
}

type Run = (args: readonly string[], context: IpContext) => void;

const show: Run = (args, context) => showAddresses(args, context, { isAboutLinks: false });

function notModelled(name: string): Run {
  return (_, { console }) => console.notModelled(`"addr ${name}"`);
}

function adder(flags: AddressFlags): Run {
  return (args, context) => add(args, context, flags);
}

/** Verbs in the order in which their abbreviations are tried. */
const VERBS: readonly (readonly [string, Run])[] = [
  ["add", adder({ isExclusive: true, mayReplace: false })],
  ["change", adder({ isExclusive: false, mayReplace: true })],
  ["chg", adder({ isExclusive: false, mayReplace: true })],
  ["replace", adder({ isExclusive: false, mayReplace: true })],
  ["delete", remove],
  ["list", show],
  ["show", show],
  ["lst", show],
  ["flush", flush],
  ["save", notModelled("save")],
  ["showdump", notModelled("showdump")],
  ["restore", notModelled("restore")],
  ["help", notModelled("help")],
];

/**
 * Runs `ip address`.
 *
 * @param args The words behind `address`.
 * @param context Where it works.
 */
export function ipAddress(args: readonly string[], context: IpContext): void {
  const [word, ...rest] = args;
  if (word === undefined) return show([], context);
  for (const [name, run] of VERBS) {
    if (abbreviates(word, name)) return run(rest, context);
  }
  context.console.exit(`Command "${word}" is unknown, try "ip address help".\n`);
}
