/**
 * What `ip link add` and `ip link set` say about one link.
 *
 * @module
 */

import type { Mac } from "../../model/mac.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import { Refusal } from "../../model/refusal.ts";
import type { Console } from "../console.ts";
import { findNamespace } from "../named_namespace.ts";
import { parseInteger, parseSigned } from "../numbers.ts";
import { abbreviates, Grammar, type Keyword, unknownToSimulator, type Words } from "../words.ts";
import type { IpContext } from "./context.ts";

/** What was said; undefined for what was not. */
export interface LinkWords {
  readonly context: IpContext;
  name: string | undefined;
  device: string | undefined;
  /** The number that a new link asks for. */
  index: number | undefined;
  isUp: boolean | undefined;
  mac: readonly number[] | undefined;
  mtu: number | undefined;
  txQueueLength: number | undefined;
  /** A namespace, or why the kernel will not find one. */
  target: NetworkNamespace | Refusal | undefined;
  hasArp: boolean | undefined;
  hasMulticast: boolean | undefined;
  isPromiscuous: boolean | undefined;
  takesAllMulticast: boolean | undefined;
  alias: string | undefined;
  group: number | undefined;
  type: string | undefined;
}

/** Most bytes of a link's name. */
const NAME_BYTES_MAX = 15;
const ALTERNATIVE_NAME_BYTES_MAX = 127;
const ALIAS_BYTES_MAX = 255;

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * Tells whether a text can name a link.
 *
 * @param text The name.
 */
export function isLinkName(text: string): boolean {
  return bytesOf(text) <= NAME_BYTES_MAX && isAlternativeName(text);
}

/** A name that `dev` takes: it may be longer, for links have other names too. */
function isAlternativeName(text: string): boolean {
  return text !== "" && bytesOf(text) <= ALTERNATIVE_NAME_BYTES_MAX && !/[/\s]/.test(text);
}

/** @param bytes Six bytes. @returns The MAC address. */
export function macOf(bytes: readonly number[]): Mac {
  return bytes.reduce((mac, byte) => mac * 256 + byte, 0);
}

/**
 * Reads a hardware address.
 *
 * @param text Hexadecimal bytes with colons between them.
 * @param console Where to complain.
 * @returns Its bytes, as many as there are.
 */
export function readMacBytes(text: string, console: Console): number[] {
  if (text.includes(".")) return console.notModelled(`address "${text}"`);
  return text.split(":").map((part) => {
    // As scanf() does, the tool takes what is hexadecimal at the beginning.
    const byte = parseInt(part, 16);
    if (!(byte >= 0 && byte <= 0xff)) return console.fail(`"${part}" is invalid lladdr.\n`);
    return byte;
  });
}

/** What the tool holds for a number that was not given yet. */
const UNSET = -1;

type Switch = "hasArp" | "hasMulticast" | "isPromiscuous" | "takesAllMulticast";

function onOff(name: string, key: Switch): Keyword<LinkWords> {
  return {
    names: name,
    read(link, words) {
      const word = words.take();
      if (word !== "on" && word !== "off") {
        words.console.fail(
          `Error: argument of "${name}" must be "on" or "off", not "${word}"\n`,
        );
      }
      link[key] = word === "on";
    },
  };
}

function readDevice(link: LinkWords, words: Words): void {
  const { console } = words;
  if (abbreviates(words.current ?? "", "help")) console.notModelled('"link help"');
  if (words.current === "dev") words.skip();
  const word = words.take();
  if (link.device !== link.name) console.duplicateOrGarbage("dev", word);
  if (!isAlternativeName(word)) console.wrongArgument('"dev" not a valid ifname', word);
  link.device = word;
}

const GRAMMAR = new Grammar<LinkWords>([
  { names: "up", read: (link) => link.isUp = true },
  { names: "down", read: (link) => link.isUp = false },
  {
    names: "name",
    read(link, words) {
      const word = words.take();
      if (link.name !== undefined) words.console.duplicate("name", word);
      if (!isLinkName(word)) words.console.wrongArgument('"name" not a valid ifname', word);
      link.name = word;
      link.device ??= word;
    },
  },
  {
    names: "index",
    read(link, words) {
      const word = words.take();
      if (link.index !== undefined) words.console.duplicate("index", word);
      // The tool's atoi() takes what is no number for 0.
      const index = parseInt(word, 10);
      if (!(index > 0)) words.console.wrongArgument('Invalid "index" value', word);
      link.index = index;
    },
  },
  unknownToSimulator("link~"),
  {
    names: "address~",
    read: (link, words) => link.mac = readMacBytes(words.take(), words.console),
  },
  {
    names: "broadcast~|brd",
    read(_, words) {
      words.take();
      words.console.notModelled('"broadcast"');
    },
  },
  {
    names: "txqueuelen~|qlen|txqlen~",
    read(link, words) {
      const word = words.take();
      if (link.txQueueLength !== undefined && link.txQueueLength !== UNSET) {
        words.console.duplicate("txqueuelen", word);
      }
      link.txQueueLength = parseSigned(word) ??
        words.console.wrongArgument('Invalid "txqueuelen" value\n', word);
    },
  },
  {
    names: "mtu",
    read(link, words) {
      const word = words.take();
      if (link.mtu !== undefined && link.mtu !== UNSET) words.console.duplicate("mtu", word);
      link.mtu = parseSigned(word) ??
        words.console.wrongArgument('Invalid "mtu" value\n', word);
    },
  },
  unknownToSimulator("xdpgeneric|xdpdrv|xdpoffload|xdp"),
  {
    names: "netns",
    read(link, words) {
      const word = words.take();
      if (link.target !== undefined) words.console.duplicate("netns", word);
      link.target = readTarget(word, link.context, words.console);
    },
  },
  onOff("multicast", "hasMulticast"),
  onOff("allmulticast", "takesAllMulticast"),
  onOff("promisc", "isPromiscuous"),
  unknownToSimulator("trailers"),
  onOff("arp", "hasArp"),
  unknownToSimulator("carrier|vf|master~|vrf|nomaster~"),
  {
    names: "dynamic~",
    read(_, words) {
      const word = words.take();
      if (word === "on" || word === "off") words.console.notModelled('"dynamic"');
      words.console.fail(`Error: argument of "dynamic" must be "on" or "off", not "${word}"\n`);
    },
  },
  { names: "type~", read: (link, words) => link.type = words.take() },
  {
    names: "alias~",
    read(link, words) {
      const word = words.take();
      if (bytesOf(word) > ALIAS_BYTES_MAX) words.console.wrongArgument("alias too long\n", word);
      link.alias = word;
    },
  },
  {
    names: "group",
    read(link, words) {
      const word = words.take();
      if (link.group !== undefined) words.console.duplicate("group", word);
      link.group = parseGroup(word) ??
        words.console.wrongArgument('Invalid "group" value\n', word);
    },
  },
  unknownToSimulator(
    "mode|state|numtxqueues~|numrxqueues~|addrgenmode~|link-netns~|link-netnsid~|protodown|" +
      "protodown_reason|gso_max_size|gso_max_segs|gro_max_size|parentdev",
  ),
], readDevice);

/** @param text Name or number of a group. @returns Its number, or undefined for any other text. */
export function parseGroup(text: string): number | undefined {
  if (text === "default") return 0;
  const number = parseInteger(text);
  if (number === undefined) return undefined;
  // The tool cuts a long number to 32 bits before it looks at the sign.
  const kept = Number(BigInt.asIntN(32, BigInt(number)));
  return kept < 0 ? undefined : kept;
}

function readTarget(
  word: string,
  context: IpContext,
  console: Console,
): NetworkNamespace | Refusal {
  const { machine } = context.namespace;
  const named = findNamespace(machine, word);
  // What opens and is no namespace, such as the folder of them all, only the kernel refuses.
  if (!(named instanceof Refusal) || named.errno === "EINVAL") return named;
  const pid = parseInteger(word);
  if (pid === undefined) return console.wrongArgument('Invalid "netns" value\n', word);
  return machine.processes.get(pid)?.namespace ?? new Refusal("ESRCH");
}

/**
 * Reads words about one link, up to the end or to what follows `type`.
 *
 * @param words What to read.
 * @param context Where namespaces are looked up.
 */
export function readLinkWords(words: Words, context: IpContext): LinkWords {
  const link: LinkWords = {
    context,
    name: undefined,
    device: undefined,
    index: undefined,
    isUp: undefined,
    mac: undefined,
    mtu: undefined,
    txQueueLength: undefined,
    target: undefined,
    hasArp: undefined,
    hasMulticast: undefined,
    isPromiscuous: undefined,
    takesAllMulticast: undefined,
    alias: undefined,
    group: undefined,
    type: undefined,
  };
  GRAMMAR.read(link, words, ({ type }) => type !== undefined);
  link.name ??= link.device;
  link.device ??= link.name;
  return link;
}
