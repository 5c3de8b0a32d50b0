/**
 * `ip neigh`.
 *
 * @module
 */

import { formatIpv4, type Ipv4, prefixOf } from "../../model/ipv4.ts";
import { formatMac } from "../../model/mac.ts";
import {
  isValid,
  type Neighbour,
  type NeighbourState,
  newNeighbour,
  shownMac,
} from "../../model/neighbour.ts";
import { Refusal } from "../../model/refusal.ts";
import { type Console, refusalText, STATUS_REFUSED } from "../console.ts";
import { Listing } from "../listing.ts";
import { addressOrExit, type Prefix, prefixOrExit } from "../prefix.ts";
import { abbreviates, Grammar, unknownToSimulator, Words } from "../words.ts";
import { type IpContext, linkNamed } from "./context.ts";
import { macOf, readMacBytes } from "./link_words.ts";

type Run = (args: readonly string[], context: IpContext) => void;

const STATES: ReadonlyMap<string, NeighbourState> = new Map([
  ["permanent", "PERMANENT"],
  ["reachable", "REACHABLE"],
  ["noarp", "NOARP"],
  ["stale", "STALE"],
  ["incomplete", "INCOMPLETE"],
  ["delay", "DELAY"],
  ["probe", "PROBE"],
  ["failed", "FAILED"],
]);

interface Draft {
  address: Ipv4 | undefined;
  device: string | undefined;
  macText: string | undefined;
  state: NeighbourState;
}

function readState(words: Words): NeighbourState {
  const text = words.take();
  return STATES.get(text) ?? words.console.wrongArgument("nud state is bad", text);
}

const GRAMMAR = new Grammar<Draft>([
  {
    names: "lladdr~",
    read(draft, words) {
      const text = words.take();
      if (draft.macText !== undefined) words.console.duplicate("lladdr", text);
      draft.macText = text;
    },
  },
  {
    names: "nud",
    read(draft, words) {
      if (words.current === "none") words.console.notModelled('"nud none"');
      draft.state = readState(words);
    },
  },
  unknownToSimulator("proxy~|router|use|managed|extern_learn~"),
  { names: "dev", read: (draft, words) => draft.device = words.take() },
  unknownToSimulator("protocol~|help~"),
], (draft, words) => {
  if (words.current === "to") words.skip();
  const text = words.take();
  if (draft.address !== undefined) words.console.duplicateOrGarbage("to", text);
  draft.address = addressOrExit(text, words);
});

/** What the tool says of missing words, and how it ends, in each of two forms of a request. */
const INCOMPLETE = {
  change: (console: Console) => console.exit("Device and destination are required arguments.\n"),
  get: (console: Console) => console.fail("Device and address are required arguments.\n"),
};

function read(args: readonly string[], context: IpContext, form: keyof typeof INCOMPLETE) {
  const { console } = context;
  const draft: Draft = {
    address: undefined,
    device: undefined,
    macText: undefined,
    state: "PERMANENT",
  };
  GRAMMAR.read(draft, new Words(args, console, context.options.family));
  if (draft.device === undefined || draft.address === undefined) {
    return INCOMPLETE[form](console);
  }
  const { address, device, macText, state } = draft;
  const mac = macText === undefined ? undefined : readMacBytes(macText, console);
  return { address, mac, state, link: linkNamed(context, device) };
}

function adder(flags: { readonly create: boolean; readonly exclusive: boolean }): Run {
  return (args, context) => {
    const { console, namespace } = context;
    const { link, address, mac: bytes, state } = read(args, context, "change");
    askOrExit(console, () => {
      if (bytes !== undefined && bytes.length < 6) {
        throw new Refusal("EINVAL", "Invalid link address");
      }
      const known = namespace.neighbours.get(link, address);
      if (known === undefined && !flags.create) throw new Refusal("ENOENT");
      if (known !== undefined && flags.exclusive) throw new Refusal("EEXIST");
      // The kernel makes an entry before it misses the address, and keeps it in no state at all.
      if (bytes === undefined && known === undefined) {
        console.notModelled("a new neighbour without an address");
      }
      const mac = bytes === undefined ? known && shownMac(known) : macOf(bytes.slice(0, 6));
      // As `__neigh_update` has it: what is not valid has no address to keep.
      if (mac === undefined && isValid(state)) {
        throw new Refusal("EINVAL", "No link layer address given");
      }
      const { clock, random } = namespace.machine;
      const patience = random.nextUint32() / 2 ** 32;
      const spec = { mac, state, nowNs: clock.nowNs, patience };
      namespace.neighbours.set(newNeighbour({ link, address }, spec));
    });
  };
}

/** What the kernel refuses ends the tool here, and a batch with it. */
function askOrExit(console: Console, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.exit(refusalText(error), STATUS_REFUSED);
  }
}

const remove: Run = (args, context) => {
  const { link, address } = read(args, context, "change");
  askOrExit(context.console, () => {
    if (!context.namespace.neighbours.remove(link, address)) throw new Refusal("ENOENT");
  });
};

interface Selection {
  device: string | undefined;
  to: Prefix | undefined;
  /** The only state that is meant, or all of them. */
  state: NeighbourState | "all" | undefined;
}

const SELECTION = new Grammar<Selection>([
  { names: "dev", read: (selection, words) => selection.device = words.take() },
  unknownToSimulator("master|vrf|nomaster|unused"),
  {
    names: "nud",
    read(selection, words) {
      if (words.current === "all") {
        words.skip();
        selection.state = "all";
      } else selection.state = readState(words);
    },
  },
  unknownToSimulator("proxy|protocol~|help~"),
], (selection, words) => {
  if (words.current === "to") words.skip();
  selection.to = prefixOrExit(words.take(), words);
});

function isWithin(address: Ipv4, { address: network, length }: Prefix): boolean {
  return prefixOf(address, length) === prefixOf(network, length);
}

function select(args: readonly string[], context: IpContext) {
  const selection: Selection = { device: undefined, to: undefined, state: undefined };
  SELECTION.read(selection, new Words(args, context.console, context.options.family));
  const link = selection.device === undefined ? undefined : linkNamed(context, selection.device);
  const { state, to } = selection;
  context.namespace.neighbours.age(context.namespace.machine.clock.nowNs);
  const all = context.options.family === "inet6" ? [] : context.namespace.neighbours.entries();
  const neighbours = [...all].filter((neighbour) => {
    if (link !== undefined && neighbour.link !== link) return false;
    if (to !== undefined && !isWithin(neighbour.address, to)) return false;
    if (state === "all") return true;
    return state === undefined ? neighbour.state !== "NOARP" : neighbour.state === state;
  });
  return { neighbours, link, hasState: state !== undefined };
}

const show: Run = (args, context) => {
  const { console, options } = context;
  if (options.statistics > 0) console.notModelled('"-s neigh"');
  const { neighbours, link } = select(args, context);
  const listing = new Listing(options.isJson);
  const listOne = options.isBrief ? listBriefly : list;
  for (const neighbour of neighbours) listOne(listing, neighbour, link === undefined);
  console.print(listing.finish());
};

/** Widths of the columns that `-br` prints. */
const BRIEF_WIDTHS = { address: 39, link: 16 };

function listBriefly(listing: Listing, neighbour: Neighbour, showsLink: boolean): void {
  const { address, link } = neighbour;
  const [text, mac] = [formatIpv4(address), shownMac(neighbour)];
  listing.begin();
  listing.field("dst", text, `${text.padEnd(BRIEF_WIDTHS.address)} `);
  if (showsLink) listing.field("dev", link.name, `${link.name.padEnd(BRIEF_WIDTHS.link)} `);
  if (mac !== undefined) listing.field("lladdr", formatMac(mac), formatMac(mac));
  listing.text("\n");
  listing.end();
}

function list(listing: Listing, neighbour: Neighbour, showsLink: boolean): void {
  const { address, link, state } = neighbour;
  const mac = shownMac(neighbour);
  listing.begin();
  listing.field("dst", formatIpv4(address), `${formatIpv4(address)} `);
  if (showsLink) listing.field("dev", link.name, `dev ${link.name} `);
  if (mac !== undefined) listing.field("lladdr", formatMac(mac), `lladdr ${formatMac(mac)} `);
  listing.field("state", [state], `${state} `);
  listing.text("\n");
  listing.end();
}

const get: Run = (args, context) => {
  const { console, namespace, options } = context;
  const { link, address } = read(args, context, "get");
  const neighbour = console.ask(() => {
    const found = namespace.neighbours.get(link, address);
    if (found === undefined) throw new Refusal("ENOENT", "Neighbour entry not found");
    return found;
  });
  const listing = new Listing(options.isJson);
  list(listing, neighbour, true);
  console.print(listing.finish());
};

const flush: Run = (args, context) => {
  const { console, namespace, options } = context;
  if (args.length === 0) console.fail("Flush requires arguments.\n");
  if (options.statistics > 0) console.notModelled('"-s neigh flush"');
  const { neighbours, hasState } = select(args, context);
  for (const { link, address, state } of neighbours) {
    if (state !== "NOARP" && (hasState || state !== "PERMANENT")) {
      namespace.neighbours.remove(link, address);
    }
  }
};

/** Verbs in the order in which their abbreviations are tried. */
const VERBS: readonly (readonly [string, Run])[] = [
  ["add", adder({ create: true, exclusive: true })],
  ["change", adder({ create: false, exclusive: false })],
  ["chg", adder({ create: false, exclusive: false })],
  ["replace", adder({ create: true, exclusive: false })],
  ["delete", remove],
  ["get", get],
  ["show", show],
  ["lst", show],
  ["list", show],
  ["flush", flush],
  ["help", (_, { console }) => console.notModelled('"neigh help"')],
];

/**
 * Runs `ip neighbour`.
 *
 * @param args The words behind `neighbour`.
 * @param context Where it works.
 */
export function ipNeighbour(args: readonly string[], context: IpContext): void {
  const [word, ...rest] = args;
  if (word === undefined) return show([], context);
  for (const [name, run] of VERBS) {
    if (abbreviates(word, name)) return run(rest, context);
  }
  context.console.exit(`Command "${word}" is unknown, try "ip neigh help".\n`);
}
