/**
 * `ip`: its options, its objects and its batches.
 *
 * @module
 */

import type { NetworkNamespace } from "../../model/namespace.ts";
import { type Objects, runBatch, runCommand } from "../commands.ts";
import { STATUS_FAILED, STATUS_USAGE } from "../console.ts";
import { namedNamespace } from "../named_namespace.ts";
import type { ToolRun } from "../tool_run.ts";
import { Grammar, unknownToSimulator, Words } from "../words.ts";
import { ipAddress } from "./address.ts";
import type { IpContext, IpOptions } from "./context.ts";
import { ipLink } from "./link.ts";
import { ipNeighbour } from "./neighbour.ts";
import { ipNetns } from "./netns.ts";
import { ipRoute } from "./route.ts";

interface Draft extends IpOptions {
  readonly run: ToolRun;
  namespace: NetworkNamespace;
  isForced: boolean;
  batch: string | undefined;
  isDone: boolean;
}

const VERSION = "ip utility, iproute2-6.1.0, libbpf 1.1.2\n";

const OPTIONS = new Grammar<Draft>([
  unknownToSimulator("-loops~"),
  {
    names: "-family~",
    read: (_, words) => words.console.notModelled('"-family"'),
  },
  { names: "-4", read: (draft) => draft.family = "inet" },
  { names: "-6", read: (draft) => draft.family = "inet6" },
  { names: "-0", read: (draft) => draft.family = "link" },
  unknownToSimulator("-M|-B"),
  unknownToSimulator("-human~|-human-readable~"),
  unknownToSimulator("-iec~"),
  { names: "-stats~|-statistics~", read: (draft) => draft.statistics += 1 },
  { names: "-details~", read: (draft) => draft.details += 1 },
  unknownToSimulator("-resolve~"),
  { names: "-oneline~", read: (draft) => draft.isOneLine = true },
  unknownToSimulator("-timestamp~|-tshort~"),
  {
    names: "-Version~",
    read(draft, words) {
      draft.run.console.print(VERSION);
      words.console.exit("", 0);
    },
  },
  { names: "-force~", read: (draft) => draft.isForced = true },
  { names: "-batch~", read: (draft, words) => draft.batch = words.take() },
  { names: "-brief~|-br", read: (draft) => draft.isBrief = true },
  { names: "-json~", read: (draft) => draft.isJson = true },
  unknownToSimulator("-pretty~|-rcvbuf~|-color~|-help~|-Numeric~"),
  {
    names: "-netns~",
    read(draft, words) {
      draft.namespace = namedNamespace(draft.namespace.machine, words.takeOrNull(), words.console);
    },
  },
  { names: "-all~", read: (draft) => draft.isForAll = true },
], (draft, words) => {
  const word = words.current ?? "";
  if (!word.startsWith("-")) draft.isDone = true;
  else words.console.exit(`Option "${word}" is unknown, try "ip -help".\n`, STATUS_USAGE);
});

type Run = (args: readonly string[], context: IpContext) => void;

function notModelled(name: string): Run {
  return (_, { console }) => console.notModelled(`object "${name}"`);
}

/** Objects in the order in which their abbreviations are tried. */
const OBJECTS: Objects<IpContext> = [
  ["address", ipAddress],
  ["addrlabel", notModelled("addrlabel")],
  ["maddress", notModelled("maddress")],
  ["route", ipRoute],
  ["rule", notModelled("rule")],
  ["neighbor", ipNeighbour],
  ["neighbour", ipNeighbour],
  ["ntable", notModelled("ntable")],
  ["link", ipLink],
  ["tunnel", notModelled("tunnel")],
  ["tuntap", notModelled("tuntap")],
  ["monitor", notModelled("monitor")],
  ["xfrm", notModelled("xfrm")],
  ["netns", ipNetns],
  ["vrf", notModelled("vrf")],
  ["nexthop", notModelled("nexthop")],
  ["help", notModelled("help")],
];

/**
 * Runs `ip`.
 *
 * @param run How it was started.
 * @returns Its exit status.
 */
export function runIp(run: ToolRun): number {
  const { console } = run;
  const words = new Words(run.args, console);
  const draft: Draft = {
    run,
    namespace: run.namespace,
    statistics: 0,
    details: 0,
    isJson: false,
    isOneLine: false,
    isBrief: false,
    isForAll: false,
    family: undefined,
    isForced: false,
    batch: undefined,
    isDone: false,
  };
  OPTIONS.read(draft, words, ({ isDone }) => isDone);
  const { namespace } = draft;
  const session = { hasListedLinks: false, isBatch: draft.batch !== undefined };
  const { execute } = run;
  const context: IpContext = { namespace, console, options: draft, session, execute };
  const commands = { context, objects: OBJECTS, unknownStatus: STATUS_FAILED };
  if (draft.batch !== undefined) {
    return runBatch(commands, { file: draft.batch, run, isForced: draft.isForced });
  }
  return words.left === 0 ? console.notModelled("usage") : runCommand(commands, words.rest);
}
